import { Button, Group, NativeSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { AuthenticationOut } from '../../kit/api/types.ts';
import { useAnnounce } from '../../kit/parts/announcer.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import {
  useAuthentication,
  useRemoveAuthentication,
  useSetAuthentication,
} from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';

/** How requests identify themselves to the receiver, besides their signature. */
export function AuthenticationPanel({ endpoint }: { endpoint: string }) {
  const { may } = usePortal();
  const { data, error, reload } = useAuthentication(endpoint);
  const remove = useRemoveAuthentication(endpoint);
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {data ? told(data) : ' '}
      </Text>
      <ErrorNotice error={error} onRetry={reload} />
      {may('endpoint:write') && (
        <>
          {data?.type && data.type !== 'oauth2' && (
            <Group>
              <Confirm
                title="Remove the authentication"
                act={() => remove.run()}
                done="The authentication is removed"
              >
                Requests have no <code>Authorization</code> header any more. They stay signed.
              </Confirm>
            </Group>
          )}
          <Form endpoint={endpoint} />
        </>
      )}
    </Stack>
  );
}

function Form({ endpoint }: { endpoint: string }) {
  const announce = useAnnounce();
  const set = useSetAuthentication(endpoint);
  const [type, setType] = useState<'basic' | 'bearer'>('basic');
  const [username, setUsername] = useState('');
  const [secret, setSecret] = useState('');

  async function save(event: FormEvent) {
    event.preventDefault();
    try {
      await set.run(
        type === 'basic' ? { type, username, password: secret } : { type, token: secret },
      );
      setSecret('');
      announce('The authentication is saved');
    } catch {
      // Shown below.
    }
  }

  return (
    <form onSubmit={(event) => void save(event)}>
      <Stack gap="sm">
        <NativeSelect
          label="Kind"
          data={[
            { value: 'basic', label: 'User name and password' },
            { value: 'bearer', label: 'Bearer token' },
          ]}
          value={type}
          onChange={(event) => setType(event.currentTarget.value as typeof type)}
        />
        {type === 'basic' && (
          <TextInput
            label="User name"
            autoComplete="off"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
        )}
        <PasswordInput
          label={type === 'basic' ? 'Password' : 'Token'}
          description="Never shown again."
          autoComplete="off"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        <ErrorNotice error={set.error} />
        <Group>
          <Button type="submit" variant="default" loading={set.isRunning}>
            Save the authentication
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function told({ type, username }: AuthenticationOut): string {
  if (type === null) return 'Requests are signed, and have no Authorization header.';
  if (type === 'basic') return `Requests log in as ${username ?? ''}.`;
  return type === 'bearer'
    ? 'Requests carry your bearer token.'
    : 'Requests carry an access token of OAuth 2.';
}
