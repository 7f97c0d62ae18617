import { Box, Button, Group, Stack, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { DataTable } from '@posthaste/faces/kit/parts/data-table.tsx';
import { EmptyState } from '@posthaste/faces/kit/parts/empty-state.tsx';
import type { CallList as Loaded, View } from './api.ts';
import { CALL_COLUMNS } from './call-columns.tsx';
import { Filters } from './filters.tsx';
import { Pager } from './pager.tsx';
import { EVERYTHING } from './use-view.ts';

export interface CallListProps {
  readonly view: View;
  readonly onChange: (change: Partial<View>) => void;
  readonly calls: UseQueryResult<Loaded, unknown>;
}

export function CallList({ view, onChange, calls }: CallListProps) {
  const { data, error, isPending, isPlaceholderData, refetch } = calls;
  const isFiltered = view.status !== '' || view.number !== '' || view.extension !== '';
  return (
    <Stack
      gap="sm"
      component="section"
      className="card"
      id="calls"
      tabIndex={-1}
      aria-labelledby="calls-title"
    >
      <Group justify="space-between" gap="sm">
        <Title order={2} id="calls-title">
          Calls
        </Title>
        <Filters view={view} onChange={onChange} />
      </Group>
      <Box aria-busy={isPending || isPlaceholderData} opacity={isPlaceholderData ? 0.6 : 1}>
        <DataTable
          label="Calls"
          columns={CALL_COLUMNS}
          rowKey={(call) => String(call.callId)}
          list={{
            rows: data?.calls ?? [],
            // While older calls are shown, the page says above them that they are not the latest.
            error: data === undefined ? error : null,
            isLoading: isPending,
            isLoadingMore: false,
            hasMore: false,
            loadMore: () => {},
            reload: () => void refetch(),
          }}
          empty={isFiltered ? <NoMatch onClear={() => onChange(EVERYTHING)} /> : <NoCalls />}
        />
      </Box>
      <Pager view={view} total={data?.total ?? null} onChange={onChange} />
    </Stack>
  );
}

function NoCalls() {
  return <EmptyState title="No calls yet">New calls appear here by themselves.</EmptyState>;
}

function NoMatch({ onClear }: { readonly onClear: () => void }) {
  return (
    <EmptyState title="No call matches these filters">
      <Button variant="default" onClick={onClear}>
        Clear the filters
      </Button>
    </EmptyState>
  );
}
