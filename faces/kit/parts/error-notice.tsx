import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { toApiError } from '../api/api-error.ts';

/** What went wrong, and the way out of it. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === null || error === undefined) return null;
  const { status, code, message } = toApiError(error);
  return (
    <Alert color="red" variant="outline" className="error" title={titleOf(status)} role="alert">
      {message !== titleOf(status) && (
        <Text size="sm" className="break">
          {message}
        </Text>
      )}
      <Text size="sm" c="dimmed" mt={4}>
        {wayOutOf(status)} {code !== 'unreachable' && <Code>{code}</Code>}
      </Text>
      {onRetry && (
        <Group mt="xs">
          <Button variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}

function titleOf(status: number): string {
  if (status === 0) return 'The server cannot be reached';
  if (status === 401) return 'The token is not accepted';
  if (status === 403) return 'The token may not do this';
  if (status === 404) return 'There is no such thing here';
  if (status >= 500) return 'The server could not answer';
  return 'The request was refused';
}

function wayOutOf(status: number): string {
  if (status === 0) return 'Is it running? The page goes on by itself once it is back.';
  if (status === 401) return 'Sign in again.';
  if (status === 403) return 'Sign in with a token that has the right.';
  if (status === 404) return 'It may have been deleted, or belong to another organization.';
  if (status === 429 || status >= 500) return 'Try again in a moment.';
  return 'Nothing was changed.';
}
