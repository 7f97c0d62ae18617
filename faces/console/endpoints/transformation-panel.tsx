import { Skeleton } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { TransformationForm } from './transformation-form.tsx';

/** The program that changes each request to an endpoint; tried on a payload before it is saved. */
export function TransformationPanel({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const read = useRead(['transformation', app, endpoint], () =>
    api.endpoints.transformation(app, endpoint),
  );
  if (read.error) return <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />;
  if (!read.data) return <Skeleton height={240} />;
  return <TransformationForm app={app} endpoint={endpoint} transformation={read.data} />;
}
