import { ApiError } from '../api/api-error.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorBox, ErrorNotice } from './error-notice.tsx';
import { Link } from './link.tsx';
import { Page } from './page.tsx';

/** Shown instead of a page that failed. */
export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  return (
    <Page title="This page cannot be shown">
      {error instanceof ApiError ? (
        <ErrorNotice error={error} onRetry={reset} />
      ) : (
        <Broken error={error} />
      )}
    </Page>
  );
}

/** A browser does not request a script again after it failed to load, so the whole page must be loaded again. */
function Broken({ error }: { error: unknown }) {
  return (
    <ErrorBox
      title="A part of the page did not load or failed"
      message={error instanceof Error ? error.message : String(error)}
      wayOut="Load the page again once the server can be reached."
      action={{ label: 'Load again', onClick: () => window.location.reload() }}
    />
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
