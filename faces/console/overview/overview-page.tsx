import { Page } from '../../kit/parts/page.tsx';

export function OverviewPage() {
  return <Page title="Overview">…</Page>;
}
