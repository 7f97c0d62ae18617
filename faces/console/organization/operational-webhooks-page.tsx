import { Button, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { NEW_ENDPOINT, draftOf } from '../../kit/endpoints/endpoint-draft.ts';
import { EndpointForm } from '../../kit/endpoints/endpoint-form.tsx';
import { useList } from '../../kit/hooks/use-list.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { CodeBlock } from '../../kit/parts/code-block.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { SelectButton } from '../../kit/parts/select-button.tsx';
import { State } from '../../kit/parts/state.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { endpointState } from '../../kit/words/states.ts';

/** Endpoints of your own, such as a pager or a team channel, that are told of events of endpoints and deliveries. */
export function OperationalWebhooksPage() {
  const api = useApi();
  const queries = useQueryClient();
  const announce = useAnnounce();
  const mayWrite = useMay('operational-webhook:write');
  const [open, setOpen] = useState<EndpointOut | 'new' | null>(null);
  const list = useList(['operational-webhooks'], (page, signal) =>
    api.operationalWebhooks.list(page, signal),
  );
  const saved = async (text: string) => {
    setOpen(null);
    announce(text);
    await queries.invalidateQueries({ queryKey: ['operational-webhooks'] });
  };
  return (
    <Page
      title="Operational webhooks"
      actions={
        <Button disabled={!mayWrite} onClick={() => setOpen('new')}>
          New operational endpoint
        </Button>
      }
    >
      <DataTable
        label="Operational endpoints"
        list={list}
        rowKey={({ id }) => id}
        columns={[
          {
            title: 'URL',
            cell: (endpoint: EndpointOut) => (
              <SelectButton onClick={() => setOpen(endpoint)}>{endpoint.url}</SelectButton>
            ),
          },
          {
            title: 'State',
            cell: (endpoint) => {
              const { tone, text } = endpointState(endpoint);
              return <State tone={tone}>{text}</State>;
            },
          },
          {
            title: 'Event types',
            wideOnly: true,
            cell: ({ eventTypes }) => eventTypes?.join(', ') ?? 'all',
          },
          { title: 'Description', wideOnly: true, cell: ({ description }) => description || '–' },
        ]}
        empty={
          <EmptyState title="No operational endpoints yet">
            An operational endpoint gets a message when an endpoint is created, changed, disabled or
            enabled, when attempts fail, are exhausted or recover, and when a task has ended.
          </EmptyState>
        }
      />
      <Panel
        isOpen={open !== null}
        onClose={() => setOpen(null)}
        title={open === 'new' ? 'New operational endpoint' : open?.url}
      >
        {open === 'new' && (
          <EndpointForm
            draft={NEW_ENDPOINT}
            submitLabel="Create the endpoint"
            onSubmit={(input) => api.operationalWebhooks.create(input)}
            onSaved={() => saved('The operational endpoint is created')}
          />
        )}
        {open !== null && open !== 'new' && (
          <Stack gap="md">
            <EndpointForm
              key={open.id}
              draft={draftOf(open)}
              submitLabel="Save"
              disabled={!mayWrite}
              onSubmit={(_input, changed) => api.operationalWebhooks.patch(open.id, changed)}
              onSaved={() => saved('The operational endpoint is saved')}
            />
            <Secret endpoint={open.id} />
            <Group>
              <Confirm
                title="Delete"
                act={() => api.operationalWebhooks.delete(open.id)}
                done="The operational endpoint is deleted"
                onDone={() => setOpen(null)}
                isDestructive
                disabled={!mayWrite}
              >
                {open.url} is told nothing any more. This cannot be undone.
              </Confirm>
            </Group>
          </Stack>
        )}
      </Panel>
    </Page>
  );
}

function Secret({ endpoint }: { endpoint: string }) {
  const api = useApi();
  const secret = useMutation({ mutationFn: () => api.operationalWebhooks.secret(endpoint) });
  return (
    <>
      {secret.data ? (
        <CodeBlock label="Signing secret" text={secret.data.key} />
      ) : (
        <Group>
          <Button variant="default" loading={secret.isPending} onClick={() => secret.mutate()}>
            Show the secret
          </Button>
        </Group>
      )}
      <ErrorNotice error={secret.error} />
    </>
  );
}
