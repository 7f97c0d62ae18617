import { Button, Group, MultiSelect, Stack, Text, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import { errorsByField } from '../../kit/api/api-error.ts';
import type { ApiTokenCensoredOut, ApiTokenIn } from '../../kit/api/types.ts';
import { useNow } from '../../kit/hooks/use-now.ts';
import { useList } from '../../kit/hooks/use-list.ts';
import { useSaving } from '../../kit/hooks/use-saving.ts';
import { CodeBlock } from '../../kit/parts/code-block.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { DataTable } from '../../kit/parts/data-table.tsx';
import { Panel } from '../../kit/parts/dialog.tsx';
import { EmptyState } from '../../kit/parts/empty-state.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Form } from '../../kit/parts/form.tsx';
import { Page } from '../../kit/parts/page.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { useIdentity, useMay } from '../../kit/session/session-context.tsx';
import { useUnsaved } from '../../kit/unsaved/use-unsaved.ts';
import { numberOf } from '../../kit/words/numbers.ts';
import { visible } from '../../kit/words/visible.ts';

/** Tokens for programs: the rights of each, its last use and its expiry. */
export function ApiKeysPage() {
  const api = useApi();
  const { envId } = useIdentity();
  const mayWrite = useMay('key:write');
  const [isNew, setIsNew] = useState(false);
  const list = useList(['api-keys'], (page, signal) =>
    api.access.listKeys(envId, { ...page, order: 'descending' }, signal),
  );
  return (
    <Page
      title="API keys"
      actions={
        <Button disabled={!mayWrite} onClick={() => setIsNew(true)}>
          New API key
        </Button>
      }
    >
      <DataTable
        label="API keys, newest first"
        list={list}
        rowKey={({ id }) => id}
        columns={[
          { title: 'Name', cell: ({ name }: ApiTokenCensoredOut) => name },
          { title: 'Key', cell: ({ censoredToken }) => <code>{censoredToken}</code> },
          {
            title: 'Permissions',
            wideOnly: true,
            cell: ({ scopes }) => scopes?.join(', ') ?? 'everything',
          },
          {
            title: 'Last used',
            cell: ({ lastUsedAt }) => (lastUsedAt ? <Time at={lastUsedAt} /> : 'never'),
          },
          {
            title: 'Expires',
            wideOnly: true,
            cell: ({ expiresAt }) => (expiresAt ? <Time at={expiresAt} /> : 'never'),
          },
          {
            title: 'Revoke',
            align: 'right',
            cell: (key) => <End of={key} />,
          },
        ]}
        empty={
          <EmptyState title="No API keys yet">
            A key lets a program use the API. Unlike a token signed with the server’s secret, a key
            can be limited, listed and revoked.
          </EmptyState>
        }
      />
      <Panel isOpen={isNew} onClose={() => setIsNew(false)} title="New API key">
        <NewKey onClose={() => setIsNew(false)} />
      </Panel>
    </Page>
  );
}

/** A revoked key stays in the list for a while and is shown as expired. */
function End({ of: { id, name, expiresAt } }: { of: ApiTokenCensoredOut }) {
  const api = useApi();
  const { envId } = useIdentity();
  const mayWrite = useMay('key:write');
  const now = useNow();
  if (expiresAt !== null && Date.parse(expiresAt) <= now) return 'revoked or expired';
  return (
    <Confirm
      title="Revoke"
      act={() => api.access.revokeKey(envId, id)}
      done={`${name} is revoked`}
      isDestructive
      disabled={!mayWrite}
    >
      Programs that use “{visible(name)}” are refused at once. This cannot be undone.
    </Confirm>
  );
}

const SCOPES = [
  { value: 'publish', label: 'Publish messages' },
  { value: 'read', label: 'Read everything but secrets and keys' },
  ...[
    'application:write',
    'endpoint:write',
    'endpoint-secret:read',
    'endpoint-secret:write',
    'event-type:write',
    'message:expunge',
    'attempt:write',
    'portal:write',
    'key:write',
    'operational-webhook:write',
  ].map((scope) => ({ value: scope, label: scope })),
];

function NewKey({ onClose }: { onClose: () => void }) {
  const api = useApi();
  const { envId } = useIdentity();
  const queries = useQueryClient();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>([]);
  const [days, setDays] = useState('');
  const making = useSaving({
    name: 'the API key',
    read: () => ({ name, scopes, days: numberOf(days, 'expiry') }),
    save: ({ days }) =>
      api.access.createKey(envId, {
        name,
        ...(scopes.length > 0 && { scopes: scopes as NonNullable<ApiTokenIn['scopes']> }),
        ...(days !== null && { expiry: days * 86_400 }),
      }),
    onSaved: () => queries.invalidateQueries({ queryKey: ['api-keys'] }),
  });
  const errors = errorsByField(making.error);
  if (making.data) return <MadeKey token={making.data.token} onClose={onClose} />;
  return (
    <Form onSubmit={() => making.mutate()}>
      <Stack gap="sm">
        <TextInput
          label="Name"
          description="Of the program that will use it."
          required
          value={name}
          error={errors['name']}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <MultiSelect
          label="Permissions"
          description="Nothing chosen: everything."
          data={SCOPES}
          value={scopes}
          error={errors['scopes']}
          onChange={setScopes}
        />
        <TextInput
          label="Expires after days"
          description="Empty: never."
          inputMode="numeric"
          value={days}
          error={errors['expiry']}
          onChange={(event) => setDays(event.currentTarget.value)}
        />
        <ErrorNotice error={making.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={making.isPending}>
            Create the key
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}

/** The form, which had the focus, is gone. */
const focus = (element: HTMLElement | null) => element?.focus();

/** Closing it asks first; the button says that the key was copied, and closes it without a question. */
function MadeKey({ token, onClose }: { token: string; onClose: () => void }) {
  useUnsaved('the key, which is never shown again,', () => true);
  return (
    <Stack gap="sm">
      <Text size="sm" tabIndex={-1} ref={focus}>
        This is the only time that the key is shown. Copy it now.
      </Text>
      <CodeBlock label="API key" text={token} />
      <Group justify="flex-end">
        <Button onClick={onClose}>I have copied the key</Button>
      </Group>
    </Stack>
  );
}
