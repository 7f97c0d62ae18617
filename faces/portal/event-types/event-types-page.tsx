import { Stack, Text } from '@mantine/core';
import type { EventTypeOut } from '../../kit/api/types.ts';
import { exampleOf } from '../../kit/event-types/example-of.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { CodeBlock, readable } from '../../kit/parts/code-block.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ButtonLink } from '../../kit/parts/link.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { SelectButton } from '../../kit/parts/select-button.tsx';
import { useEventTypes } from '../../react/event-types.ts';
import { usePortal } from '../../react/use-portal.ts';

/** The event types that customers can get, with examples and schemas. */
export function EventTypesPage() {
  const [name, setName] = useSearchValue('name');
  const list = useEventTypes();
  const selected = list.rows.find((type) => type.name === name);
  return (
    <Page title="Event catalog">
      <DataTable
        label="Event types"
        list={list}
        rowKey={(type) => type.name}
        columns={[
          {
            title: 'Event type',
            cell: (type: EventTypeOut) => (
              <SelectButton onClick={() => setName(type.name)}>
                <code>{type.name}</code>
              </SelectButton>
            ),
          },
          { title: 'Description', cell: ({ description }) => description || '–' },
          { title: 'Group', wideOnly: true, cell: ({ groupName }) => groupName ?? '–' },
        ]}
        empty={
          <EmptyState title="The catalog is empty">
            The sender of the webhooks has not described event types yet. Your endpoints get
            messages all the same.
          </EmptyState>
        }
      />
      <Panel isOpen={selected !== undefined} onClose={() => setName(null)} title={name}>
        {selected && <Described type={selected} />}
      </Panel>
    </Page>
  );
}

function Described({ type }: { type: EventTypeOut }) {
  const { may } = usePortal();
  const schemas = Object.entries(type.schemas ?? {});
  return (
    <Stack gap="md">
      <Text size="sm" className="break">
        {type.description || 'There is no description.'}
      </Text>
      {type.deprecated && (
        <Text size="sm">Deprecated: do not use this event type in new code.</Text>
      )}
      <CodeBlock label="Example" text={readable(exampleOf(type))} />
      {schemas.map(([version, schema]) => (
        <CodeBlock
          key={version}
          label={`JSON Schema, version ${version}`}
          text={readable(schema)}
        />
      ))}
      {may('endpoint:write') && (
        <div>
          <ButtonLink to={`/endpoints/new?type=${encodeURIComponent(type.name)}`}>
            Add an endpoint for this event type
          </ButtonLink>
        </div>
      )}
    </Stack>
  );
}
