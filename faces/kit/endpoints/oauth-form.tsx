import {
  Button,
  Group,
  NativeSelect,
  PasswordInput,
  Stack,
  TagsInput,
  TextInput,
  Textarea,
} from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointOauthConfigIn, EndpointOauthConfigOut } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { namedValuesOf, textOfNamedValues } from '../words/named-values.ts';
import { useSetAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';

export interface OauthFormProps extends EndpointOf {
  /** The stored configuration; null: none. */
  readonly stored: EndpointOauthConfigOut | null;
}

export function OauthForm({ app, endpoint, stored }: OauthFormProps) {
  const announce = useAnnounce();
  const set = useSetAccess('oauth', app, endpoint);
  const [draft, setDraft] = useState(() => draftOf(stored));
  const change = (changed: Partial<OauthDraft>) =>
    setDraft((before) => ({ ...before, ...changed }));
  const saving = useSaving({
    name: 'the authentication',
    read: () => draft,
    save: async () => set.run(inputOf(draft)),
    emptied: (saved) => ({ ...saved, clientSecret: '' }),
    onSaved: () => {
      change({ clientSecret: '' });
      announce('The authentication is saved');
    },
  });
  const errors = errorsByField(saving.error);
  const field = (name: TextField) => ({
    value: draft[name],
    error: errors[name],
    onChange: (event: { currentTarget: { value: string } }) =>
      change({ [name]: event.currentTarget.value }),
  });
  return (
    <Form onSubmit={() => saving.mutate()}>
      <Stack gap="sm">
        <TextInput
          label="Token URL"
          description="Access tokens are requested here before an attempt."
          placeholder="https://login.example.com/oauth/token"
          type="url"
          required
          {...field('tokenUrl')}
        />
        <TextInput label="Client id" required autoComplete="off" {...field('clientId')} />
        <PasswordInput
          label="Client secret"
          description={
            stored?.clientId === draft.clientId
              ? 'It is not shown again. Empty: the stored one stays.'
              : 'It is not shown again.'
          }
          autoComplete="off"
          {...field('clientSecret')}
        />
        <NativeSelect
          label="Client credentials are sent"
          data={[
            { value: 'clientSecretBasic', label: 'in the Authorization header' },
            { value: 'clientSecretPost', label: 'in the body' },
          ]}
          value={draft.authMethod}
          onChange={(event) =>
            change({ authMethod: event.currentTarget.value as OauthDraft['authMethod'] })
          }
        />
        <TagsInput
          label="Scopes"
          value={[...draft.scopes]}
          onChange={(scopes) => change({ scopes })}
          error={errors['scopes']}
          acceptValueOnBlur
        />
        <Textarea
          label="Extra parameters of the token request"
          description="One per line, such as audience: https://hooks.example.com"
          classNames={{ input: 'mono' }}
          autosize
          {...field('extraParams')}
        />
        <Textarea
          label="Extra headers of the token request"
          description="One per line, such as X-Tenant: acme"
          classNames={{ input: 'mono' }}
          autosize
          {...field('extraHeaders')}
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

interface OauthDraft {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authMethod: EndpointOauthConfigOut['authMethod'];
  readonly scopes: readonly string[];
  /** Lines `name: value`. */
  readonly extraParams: string;
  readonly extraHeaders: string;
}
type TextField = Exclude<keyof OauthDraft, 'authMethod' | 'scopes'>;

function draftOf(stored: EndpointOauthConfigOut | null): OauthDraft {
  return {
    tokenUrl: stored?.tokenUrl ?? '',
    clientId: stored?.clientId ?? '',
    clientSecret: '',
    authMethod: stored?.authMethod ?? 'clientSecretBasic',
    scopes: stored?.scopes ?? [],
    extraParams: textOfNamedValues(stored?.extraParams ?? null),
    extraHeaders: textOfNamedValues(stored?.extraHeaders ?? null),
  };
}

function inputOf(draft: OauthDraft): EndpointOauthConfigIn {
  const { clientSecret, scopes, extraParams, extraHeaders, ...rest } = draft;
  return {
    ...rest,
    grantType: 'clientCredentials',
    ...(clientSecret !== '' && { clientSecret }),
    ...(scopes.length > 0 && { scopes: [...scopes] }),
    ...(extraParams.trim() !== '' && { extraParams: namedValuesOf(extraParams, 'extraParams') }),
    ...(extraHeaders.trim() !== '' && {
      extraHeaders: namedValuesOf(extraHeaders, 'extraHeaders'),
    }),
  };
}
