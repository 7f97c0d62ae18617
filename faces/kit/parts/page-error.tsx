import { EmptyState } from './empty-state.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { Link } from './link.tsx';
import { Page } from './page.tsx';

/** In the place of a page that could not be shown. */
export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Page title="This page cannot be shown">
      <ErrorNotice error={error} onRetry={reset} />
    </Page>
  );
}

export function PageMissing() {
  return (
    <Page title="No such page">
      <EmptyState title="Nothing is at this address">
        <Link to="/">Go to the overview</Link>, or press Ctrl-K and type what you look for.
      </EmptyState>
    </Page>
  );
}
