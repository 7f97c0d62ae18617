import { Skeleton } from '@mantine/core';
import { useApi } from '../api/api-context.tsx';
import { useRead } from '../hooks/use-read.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { useMay } from '../session/session-context.tsx';
import type { EndpointOf } from './endpoint-of.ts';
import { TransformationForm } from './transformation-form.tsx';

/** The program that changes each request to an endpoint; a draft can be tried on a payload before it is saved. */
export function TransformationPanel({ app, endpoint }: EndpointOf) {
  const api = useApi();
  const mayWrite = useMay('transformation:write');
  const read = useRead(['transformation', app, endpoint], () =>
    api.endpoints.transformation(app, endpoint),
  );
  if (read.error) return <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />;
  if (!read.data) return <Skeleton height={240} />;
  if (mayWrite)
    return <TransformationForm app={app} endpoint={endpoint} transformation={read.data} />;
  if (read.data.enabled && read.data.code !== null) {
    return <CodeBlock label="Runs before each request" text={read.data.code} />;
  }
  return (
    <EmptyState title="Requests are sent as they were published">
      No program changes them. Your access does not allow adding one.
    </EmptyState>
  );
}
