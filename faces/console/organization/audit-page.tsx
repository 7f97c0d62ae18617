import { Group } from '@mantine/core';
import { useApi } from '../../kit/api/api-context.tsx';
import type { AuditEntryOut } from '../../kit/api/types.ts';
import { useList } from '../../kit/hooks/use-list.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { type Column, DataTable } from '../../kit/parts/data-table.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { FilterField } from '../../kit/parts/filter-field.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { visible } from '../../kit/words/visible.ts';

/** The changes to the organization, each with its author. */
export function AuditPage() {
  const api = useApi();
  const [app] = useSearchValue('app');
  const [operation] = useSearchValue('operation');
  const [actor] = useSearchValue('actor');
  const list = useList(
    ['audit'],
    (page, signal) => api.access.audit({ ...page, order: 'descending' }, signal),
    { query: { app_id: app, operation, actor_id: actor } },
  );
  return (
    <Page title="Audit">
      <Group gap="xs" role="search" aria-label="Filters of the audit">
        <FilterField name="operation" label="Operation" placeholder="endpoints.patch" />
        <FilterField name="app" label="Application id" placeholder="app_…" />
        <FilterField name="actor" label="Token id" placeholder="key_…" />
      </Group>
      <DataTable
        label="Changes, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={COLUMNS}
        empty={
          <EmptyState
            title={
              app + operation + actor === ''
                ? 'No changes are recorded'
                : 'No change matches these filters'
            }
          >
            Every change through the API, the library or this console is recorded with its author
            and kept for 90 days, unless the settings say otherwise.
          </EmptyState>
        }
      />
    </Page>
  );
}

const COLUMNS: readonly Column<AuditEntryOut>[] = [
  { title: 'Operation', whole: true, cell: ({ operation }) => <Operation of={operation} /> },
  {
    title: 'By',
    whole: true,
    cell: ({ actor }) => visible([actor.kind, actor.name ?? actor.id].filter(Boolean).join(': ')),
  },
  {
    title: 'What',
    wideOnly: true,
    cell: ({ objects, appId }) => (
      <code>
        {Object.entries({ ...objects, ...(appId !== null && { appId }) })
          .map(([name, id]) => `${name} ${id}`)
          .join(', ')}
      </code>
    ),
  },
  { title: 'When', align: 'right', cell: ({ timestamp }) => <Time at={timestamp} /> },
];

/** On a phone an operation breaks after its object. */
function Operation({ of }: { of: string }) {
  const end = of.indexOf('.') + 1;
  return (
    <code>
      {of.slice(0, end)}
      <wbr />
      {of.slice(end)}
    </code>
  );
}
