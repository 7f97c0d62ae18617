import { Alert, Button, Group, Text } from '@mantine/core';
import { ApiError } from '../api/api-error.ts';
import { EmptyState } from './empty-state.tsx';
import { ErrorNotice } from './error-notice.tsx';
import { Link } from './link.tsx';
import { Page } from './page.tsx';

/** In the place of a page that could not be shown. */
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

/** A script that did not load is not asked for again by the page that it is missing in. */
function Broken({ error }: { error: unknown }) {
  return (
    <Alert
      color="red"
      variant="outline"
      className="error"
      title="A part of it did not load, or failed"
      role="alert"
    >
      <Text size="sm" className="break">
        {error instanceof Error ? error.message : String(error)}
      </Text>
      <Text size="sm" c="dimmed" mt={4}>
        When the server is there, load the page again.
      </Text>
      <Group mt="xs">
        <Button variant="default" onClick={() => window.location.reload()}>
          Load again
        </Button>
      </Group>
    </Alert>
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
