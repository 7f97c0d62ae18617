import { Stack, Text } from '@mantine/core';
import { useEffect } from 'react';
import { ErrorNotice } from '@posthaste/faces/kit/parts/error-notice.tsx';
import { clockTime } from '@posthaste/faces/kit/words/times.ts';
import { CallList } from './call-list.tsx';
import { CountFigures } from './count-figures.tsx';
import { CountsAnnouncer } from './counts-announcer.tsx';
import { DashboardShell } from './dashboard-shell.tsx';
import { MinuteChart } from './minute-chart.tsx';
import { useCalls, useStats } from './use-calls.ts';
import { useLive } from './use-live.ts';
import { useView } from './use-view.ts';

export function CallsPage() {
  const [view, changeView] = useView();
  const isConnected = useLive();
  const calls = useCalls(view);
  const stats = useStats();
  const lastPage = Math.max(1, Math.ceil((calls.data?.total ?? 1) / view.limit));
  const isPastTheEnd = calls.data !== undefined && !calls.isPlaceholderData && view.page > lastPage;
  useEffect(() => {
    if (isPastTheEnd) changeView({ page: lastPage });
  }, [isPastTheEnd, lastPage, changeView]);

  const isLost = calls.error !== null || stats.error !== null || isConnected === false;
  const isHere = calls.data !== undefined && stats.data !== undefined && isConnected === true;
  // Zero: not loaded yet.
  const loadedAt = [calls.dataUpdatedAt, stats.dataUpdatedAt].filter((at) => at > 0);
  return (
    <DashboardShell connection={isLost ? 'lost' : isHere ? 'live' : 'connecting'}>
      <Stack gap="md" maw="88rem" mx="auto">
        {calls.error && !calls.data && !stats.data ? (
          <div id="calls" tabIndex={-1}>
            <ErrorNotice error={calls.error} onRetry={() => void calls.refetch()} />
          </div>
        ) : (
          <>
            {isLost && loadedAt.length > 0 && <OutdatedNotice since={Math.min(...loadedAt)} />}
            {!isLost && stats.data?.registrationFails && <NoProvider />}
            <CountFigures stats={stats.data} />
            <MinuteChart minutes={stats.data?.minutes} />
            <CallList view={view} onChange={changeView} calls={calls} />
          </>
        )}
        <CountsAnnouncer counts={stats.data?.counts} />
      </Stack>
    </DashboardShell>
  );
}

function NoProvider() {
  return (
    <Text size="sm" className="card surface" role="alert">
      The provider cannot be reached, or refuses the registration. No calls arrive from it. The call
      center keeps trying. Its log gives the reason.
    </Text>
  );
}

function OutdatedNotice({ since }: { readonly since: number }) {
  const at = clockTime(new Date(since).toISOString(), Date.now());
  return (
    <Text size="sm" className="card surface" role="alert">
      These are the calls as of {at}. The page updates by itself once the call center answers again.
    </Text>
  );
}
