import {
  Button,
  Checkbox,
  Group,
  NativeSelect,
  PasswordInput,
  Stack,
  TextInput,
  Textarea,
} from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointSignatureIn, EndpointSignatureOut } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { namedValuesOf, textOfNamedValues } from '../words/named-values.ts';
import { useSetAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';

export interface SignatureFormProps extends EndpointOf {
  /** The signature that the form shows at first; null: none. */
  readonly first: EndpointSignatureOut | null;
  /** Whether a secret is stored now, which an empty field leaves as it is. */
  readonly hasStoredSecret: boolean;
}

export function SignatureForm({ app, endpoint, first, hasStoredSecret }: SignatureFormProps) {
  const announce = useAnnounce();
  const set = useSetAccess('signature', app, endpoint);
  const [draft, setDraft] = useState(() => draftOf(first));
  const change = (changed: Partial<SignatureDraft>) =>
    setDraft((before) => ({ ...before, ...changed }));
  const saving = useSaving({
    name: 'the signature',
    read: () => draft,
    save: async () => set.run(inputOf(draft, hasStoredSecret)),
    emptied: (saved) => ({ ...saved, secret: '' }),
    onSaved: () => {
      change({ secret: '' });
      announce('The signature is saved');
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
        <Textarea
          label="Signature headers"
          description="One a line, of {id}, {timestamp} and {signature}: X-Acme-Signature: t={timestamp},v1={signature}"
          classNames={{ input: 'mono' }}
          autosize
          required
          {...field('headers')}
        />
        <TextInput
          label="Signed content"
          description="Of {id}, {timestamp} and {body}, such as {timestamp}.{body}"
          classNames={{ input: 'mono' }}
          required
          {...field('content')}
        />
        <Group grow align="start">
          <NativeSelect label="Algorithm" data={ALGORITHMS} {...field('algorithm')} />
          <NativeSelect label="Encoding" data={ENCODINGS} {...field('encoding')} />
        </Group>
        <Checkbox
          label="Sign with a separate secret instead of the endpoint’s"
          checked={draft.hasSecret}
          onChange={(event) => change({ hasSecret: event.currentTarget.checked })}
        />
        {draft.hasSecret ? (
          <PasswordInput
            label="Separate secret"
            description={
              hasStoredSecret
                ? 'It is not shown again. Empty: the stored one stays.'
                : 'The key is this text as it is. It is not shown again.'
            }
            autoComplete="off"
            {...field('secret')}
          />
        ) : (
          <TextInput
            label="Separator between signatures during a rotation"
            description="Such as ,v1= . Empty: only the newest secret signs."
            {...field('join')}
          />
        )}
        <ErrorNotice error={saving.error} />
        <Group>
          <Button type="submit" variant="default" loading={saving.isPending}>
            Save the signature
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}

const ALGORITHMS = ['hmac-sha256', 'hmac-sha1', 'hmac-sha512'];
const ENCODINGS = ['hex', 'base64'];

interface SignatureDraft {
  /** Lines `name: value`. */
  readonly headers: string;
  readonly content: string;
  readonly algorithm: string;
  readonly encoding: string;
  readonly hasSecret: boolean;
  /** Empty: the stored one. */
  readonly secret: string;
  readonly join: string;
}
type TextField = Exclude<keyof SignatureDraft, 'hasSecret'>;

function draftOf(stored: EndpointSignatureOut | null): SignatureDraft {
  return {
    headers: textOfNamedValues(stored?.headers ?? null),
    content: stored?.content ?? '',
    algorithm: stored?.algorithm ?? 'hmac-sha256',
    encoding: stored?.encoding ?? 'hex',
    hasSecret: stored?.hasSecret ?? false,
    secret: '',
    join: stored?.join ?? '',
  };
}

function inputOf(draft: SignatureDraft, isStored: boolean): EndpointSignatureIn {
  const { headers, content, algorithm, encoding, hasSecret, secret, join } = draft;
  const keepsSecret = secret === '' && isStored;
  return {
    headers: namedValuesOf(headers, 'headers'),
    content,
    algorithm: algorithm as EndpointSignatureOut['algorithm'],
    encoding: encoding as EndpointSignatureOut['encoding'],
    ...(hasSecret ? !keepsSecret && { secret } : { secret: null }),
    ...(!hasSecret && join !== '' && { join }),
  };
}
