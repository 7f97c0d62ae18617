import { Page } from '../kit/parts/page.tsx';
import { Activity } from './activity.tsx';

export function ActivityPage() {
  return (
    <Page title="Activity">
      <Activity />
    </Page>
  );
}
