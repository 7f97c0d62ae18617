import { Button, Checkbox, Group, Stack, Switch, TextInput, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { ApiError, errorsByField } from '../../kit/api/api-error.ts';
import type { EventTypeIn, EventTypeOut, EventTypePatch } from '../../kit/api/types.ts';
import { useList } from '../../kit/hooks/use-list.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { useSaving } from '../../kit/hooks/use-saving.ts';
import { useSearchValue } from '../../kit/hooks/use-search-value.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { CodeBlock } from '../../kit/parts/code-block.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Form } from '../../kit/parts/form.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { SelectButton } from '../../kit/parts/select-button.tsx';
import { OpenapiExport } from './openapi-export.tsx';
import { OpenapiImport } from './openapi-import.tsx';

/** The catalog of event types, with schemas and examples. */
export function EventTypesPage() {
  const api = useApi();
  const mayWrite = useMay('event-type:write');
  const [archived, setArchived] = useSearchValue('archived');
  const [selected, setSelected] = useSearchValue('name');
  const [isNew, setIsNew] = useState(false);
  const [isImporting, setIsImporting] = useState(false);
  const list = useList(['event-types'], (page, signal) => api.eventTypes.list(page, signal), {
    query: { include_archived: archived === '' ? null : true },
  });
  return (
    <Page
      title="Event types"
      actions={
        <>
          <OpenapiExport />
          <Button variant="default" disabled={!mayWrite} onClick={() => setIsImporting(true)}>
            Import OpenAPI
          </Button>
          <Button disabled={!mayWrite} onClick={() => setIsNew(true)}>
            New event type
          </Button>
        </>
      }
    >
      <Switch
        label="Show archived"
        checked={archived !== ''}
        onChange={(event) => setArchived(event.currentTarget.checked ? '1' : null)}
      />
      <DataTable
        label="Event types"
        list={list}
        rowKey={({ name }) => name}
        columns={[
          {
            title: 'Name',
            cell: ({ name }: EventTypeOut) => (
              <SelectButton onClick={() => setSelected(name)}>
                <code>{name}</code>
              </SelectButton>
            ),
          },
          { title: 'Description', cell: ({ description }) => description || '–' },
          {
            title: 'State',
            wideOnly: true,
            cell: (type) => (
              <State tone={type.archived ? 'off' : 'good'}>
                {type.archived ? 'Archived' : type.deprecated ? 'Deprecated' : 'In use'}
              </State>
            ),
          },
        ]}
        empty={
          <EmptyState title="No event types yet">
            Endpoints choose their messages by event type, such as <code>invoice.paid</code>. You
            can publish without an entry here, but customers see only the event types of this
            catalog.
          </EmptyState>
        }
      />
      <Panel isOpen={isImporting} onClose={() => setIsImporting(false)} title="Import OpenAPI">
        <OpenapiImport />
      </Panel>
      <Panel isOpen={isNew} onClose={() => setIsNew(false)} title="New event type">
        <EventTypeForm
          submitLabel="Create the event type"
          onSubmit={(input) => api.eventTypes.create(input)}
          onSaved={() => setIsNew(false)}
        />
      </Panel>
      <Panel isOpen={selected !== ''} onClose={() => setSelected(null)} title={selected}>
        {selected !== '' && <EventType name={selected} onGone={() => setSelected(null)} />}
      </Panel>
    </Page>
  );
}

function EventType({ name, onGone }: { name: string; onGone: () => void }) {
  const api = useApi();
  const mayWrite = useMay('event-type:write');
  const read = useRead(['event-type', name], () => api.eventTypes.get(name));
  const example = exampleOf(read.data);
  return (
    <Stack gap="md">
      <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
      {read.isLoading && <Waiting />}
      {read.data && (
        <>
          <EventTypeForm
            // Changes that somebody else saves meanwhile do not overwrite the text being typed.
            key={name}
            eventType={read.data}
            submitLabel="Save"
            disabled={!mayWrite}
            onSubmit={(_input, changed) => api.eventTypes.patch(name, changed)}
          />
          {example !== undefined && (
            <CodeBlock label="Example" text={JSON.stringify(example, null, 2)} />
          )}
          <Group>
            <Confirm
              title="Archive"
              act={() => api.eventTypes.archive(name)}
              done={`${name} is archived`}
              onDone={onGone}
              isDestructive
              disabled={!mayWrite || read.data.archived}
            >
              Endpoints can no longer choose it. Endpoints that have it keep it, and messages of
              this type can still be published. Creating it again restores it.
            </Confirm>
          </Group>
        </>
      )}
    </Stack>
  );
}

interface EventTypeFormProps {
  readonly eventType?: EventTypeOut;
  readonly submitLabel: string;
  readonly disabled?: boolean;
  /** Gets all fields, and of an existing event type also the changed ones alone. */
  readonly onSubmit: (input: EventTypeIn, changed: EventTypePatch) => Promise<unknown>;
  readonly onSaved?: () => void;
}

function EventTypeForm({
  eventType,
  submitLabel,
  disabled = false,
  onSubmit,
  onSaved,
}: EventTypeFormProps) {
  const announce = useAnnounce();
  const queries = useQueryClient();
  const [name, setName] = useState(eventType?.name ?? '');
  const [description, setDescription] = useState(eventType?.description ?? '');
  const [deprecated, setDeprecated] = useState(eventType?.deprecated ?? false);
  const [schemas, setSchemas] = useState(
    eventType?.schemas ? JSON.stringify(eventType.schemas, null, 2) : '',
  );
  const saving = useSaving({
    name: 'the event type',
    read: () => ({ name, description, deprecated, schemas: schemasOf(schemas) }),
    save: onSubmit,
    onSaved: async () => {
      onSaved?.();
      announce('The event type is saved');
      await queries.invalidateQueries();
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <Form onSubmit={() => saving.mutate()}>
      <fieldset className="plain" disabled={disabled}>
        <Stack gap="sm">
          {!eventType && (
            <TextInput
              label="Name"
              placeholder="invoice.paid"
              required
              value={name}
              error={errors['name']}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          <TextInput
            label="Description"
            value={description}
            error={errors['description']}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Checkbox
            label="Deprecated"
            checked={deprecated}
            onChange={(event) => setDeprecated(event.currentTarget.checked)}
          />
          <Textarea
            label="JSON Schemas by version"
            description='Such as {"1": {"type": "object", "examples": [{"id": 1}]}}. The first example is what “Send an example” sends.'
            classNames={{ input: 'mono' }}
            autosize
            minRows={4}
            maxRows={20}
            value={schemas}
            error={errors['schemas']}
            onChange={(event) => setSchemas(event.currentTarget.value)}
          />
          <ErrorNotice error={saving.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={saving.isPending}>
              {submitLabel}
            </Button>
          </Group>
        </Stack>
      </fieldset>
    </Form>
  );
}

function schemasOf(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    const message = `are not valid JSON: ${(error as Error).message}`;
    throw new ApiError(422, 'validation', `The schemas ${message}`, [
      { place: 'body.schemas', message },
    ]);
  }
}

function exampleOf(eventType: EventTypeOut | undefined): unknown {
  const newest = Object.values(eventType?.schemas ?? {}).at(-1);
  return (newest as { examples?: unknown[] } | undefined)?.examples?.[0];
}
