import { Stack } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { FirstSteps } from './first-steps.tsx';
import { Figures } from './figures.tsx';
import { WholeHistory } from './history.tsx';
import { ProcessesCard } from './processes.tsx';
import { TroubledEndpoints } from './troubled-endpoints.tsx';

const EVERY_MS = 2_000;

/** The state of the installation: first its deliveries, then its processes. */
export function OverviewPage() {
  const api = useApi();
  const status = useRead(['status'], () => api.status.get(), { everyMs: EVERY_MS });
  return (
    <Page title="Overview">
      <Stack gap="lg">
        <ErrorNotice error={status.error} onRetry={() => void status.refetch()} />
        <FirstSteps />
        <Figures backlog={status.data?.backlog} />
        <div className="halves">
          <TroubledEndpoints />
          <WholeHistory />
        </div>
        {status.data && <ProcessesCard processes={status.data.processes} />}
      </Stack>
    </Page>
  );
}
