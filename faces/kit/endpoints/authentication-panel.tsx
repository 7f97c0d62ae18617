import {
  Button,
  Group,
  NativeSelect,
  PasswordInput,
  Skeleton,
  Stack,
  Text,
  TextInput,
} from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../api/api-error.ts';
import type { AuthenticationOut } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { useMay } from '../session/session-context.tsx';
import { UnsavedContext } from '../unsaved/unsaved-context.ts';
import { useInnerForms } from '../unsaved/use-inner-forms.ts';
import { useAccess, useRemoveAccess, useSetAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';
import { OauthPanel } from './oauth-panel.tsx';

type Kind = NonNullable<AuthenticationOut['type']>;

/** How requests identify themselves to the receiver, besides their signature. */
export function AuthenticationPanel({ app, endpoint }: EndpointOf) {
  const mayWrite = useMay('endpoint:write');
  const { data, error, reload } = useAccess('authentication', app, endpoint);
  const remove = useRemoveAccess('authentication', app, endpoint, () => setChosen('basic'));
  const [chosen, setChosen] = useState<Kind | null>(null);
  const { forms, leave } = useInnerForms();
  if (!data) {
    return error ? <ErrorNotice error={error} onRetry={reload} /> : <Skeleton height={160} />;
  }
  const kind = chosen ?? data.type ?? 'basic';
  // Keeps the form, with the typed text, when another person saves another kind meanwhile.
  if (chosen === null) setChosen(kind);
  return (
    <Stack gap="sm">
      <Text size="sm" role="status">
        {told(data)}
      </Text>
      {mayWrite && (
        <>
          {data.type !== null && (
            <Group>
              <Confirm
                title="Remove the authentication"
                act={() => remove.run()}
                done="The authentication is removed"
              >
                Requests no longer have an <code>Authorization</code> header. They are still signed.
              </Confirm>
            </Group>
          )}
          <NativeSelect
            label="Kind"
            data={KINDS}
            value={kind}
            onChange={({ currentTarget: { value } }) => leave(() => setChosen(value as Kind))}
          />
        </>
      )}
      <UnsavedContext value={forms}>
        {kind === 'oauth2' && (mayWrite || data.type === 'oauth2') && (
          <OauthPanel app={app} endpoint={endpoint} />
        )}
        {kind !== 'oauth2' && mayWrite && (
          <AuthenticationForm
            key={kind}
            app={app}
            endpoint={endpoint}
            type={kind}
            username={data.username ?? ''}
          />
        )}
      </UnsavedContext>
    </Stack>
  );
}

const KINDS: readonly { value: Kind; label: string }[] = [
  { value: 'basic', label: 'User name and password' },
  { value: 'bearer', label: 'Bearer token' },
  { value: 'oauth2', label: 'OAuth 2 (client credentials)' },
];

interface AuthenticationFormProps extends EndpointOf {
  readonly type: Exclude<Kind, 'oauth2'>;
  readonly username: string;
}

function AuthenticationForm({ app, endpoint, type, username: stored }: AuthenticationFormProps) {
  const announce = useAnnounce();
  const set = useSetAccess('authentication', app, endpoint);
  const [username, setUsername] = useState(stored);
  const [secret, setSecret] = useState('');
  const saving = useSaving({
    name: 'the authentication',
    read: () => ({ username, secret }),
    save: () =>
      set.run(type === 'basic' ? { type, username, password: secret } : { type, token: secret }),
    emptied: (input) => ({ ...input, secret: '' }),
    onSaved: () => {
      setSecret('');
      announce('The authentication is saved');
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <Form onSubmit={() => saving.mutate()}>
      <Stack gap="sm">
        {type === 'basic' && (
          <TextInput
            label="User name"
            autoComplete="off"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
            error={errors['username']}
          />
        )}
        <PasswordInput
          label={type === 'basic' ? 'Password' : 'Token'}
          description="It is not shown again."
          autoComplete="off"
          value={secret}
          onChange={(event) => setSecret(event.currentTarget.value)}
          error={errors[type === 'basic' ? 'password' : 'token']}
        />
        <ErrorNotice error={saving.error} />
        <Group>
          <Button type="submit" variant="default" loading={saving.isPending}>
            Save the authentication
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}

function told({ type, username }: AuthenticationOut): string {
  if (type === null) return 'Requests are signed, and have no Authorization header.';
  if (type === 'basic') return `Requests log in as ${username ?? ''}.`;
  return type === 'bearer'
    ? 'Requests carry your bearer token.'
    : 'Requests carry an access token of OAuth 2.';
}
