import { Alert, Button, Code, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { toApiError } from '../api/api-error.ts';

/** An error, and what the reader can do about it. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  if (error === null || error === undefined) return null;
  const { status, code, message } = toApiError(error);
  const title = titleOf(status);
  return (
    <ErrorBox
      title={title}
      message={message === title ? null : message}
      wayOut={
        <>
          {wayOutOf(status)} {!NO_CODES.includes(code) && <Code>{code}</Code>}
        </>
      }
      action={onRetry && { label: 'Try again', onClick: onRetry }}
    />
  );
}

export interface ErrorBoxProps {
  readonly title: string;
  /** Null when the title is enough. */
  readonly message: string | null;
  readonly wayOut: ReactNode;
  readonly action: { readonly label: string; readonly onClick: () => void } | undefined;
}

export function ErrorBox({ title, message, wayOut, action }: ErrorBoxProps) {
  return (
    <Alert color="red" variant="outline" className="error" title={title} role="alert">
      {message !== null && (
        <Text size="sm" className="break">
          {message}
        </Text>
      )}
      <Text size="sm" c="dimmed" mt={4}>
        {wayOut}
      </Text>
      {action && (
        <Group mt="xs">
          <Button variant="default" onClick={action.onClick}>
            {action.label}
          </Button>
        </Group>
      )}
    </Alert>
  );
}

/** Codes of errors that the page made itself; they are not shown. */
const NO_CODES: readonly string[] = ['unreachable', 'unknown'];

function titleOf(status: number): string {
  if (status === 0) return 'The server cannot be reached';
  if (status === 401) return 'The token is not accepted';
  if (status === 403) return 'The token may not do this';
  if (status === 404) return 'Not found';
  if (status >= 500) return 'The server could not answer';
  return 'The request was refused';
}

function wayOutOf(status: number): string {
  if (status === 0)
    return 'Is the server running? The page continues by itself once the server answers.';
  if (status === 401) return 'Sign in again.';
  if (status === 403) return 'Sign in with a token that has this right.';
  if (status === 404) return 'It may have been deleted, or belong to another organization.';
  if (status === 429 || status >= 500) return 'Try again in a moment.';
  return 'Nothing was changed.';
}
