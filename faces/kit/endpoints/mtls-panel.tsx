import { Button, Group, Skeleton, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { errorsByField } from '../api/api-error.ts';
import type { EndpointMtlsConfigOut } from '../api/types.ts';
import { useSaving } from '../hooks/use-saving.ts';
import { useAnnounce } from '../parts/announcer.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { Form } from '../parts/form.tsx';
import { Time } from '../parts/time.tsx';
import { useMay } from '../session/session-context.tsx';
import { useAccess, useRemoveAccess, useSetAccess } from './endpoint-access.ts';
import type { EndpointOf } from './endpoint-of.ts';

/** The client certificate of connections to the receiver, and the authorities trusted for the receiver's certificate. */
export function MtlsPanel({ app, endpoint }: EndpointOf) {
  const mayWrite = useMay('endpoint:write');
  const { data, error, reload } = useAccess('mtls', app, endpoint);
  const remove = useRemoveAccess('mtls', app, endpoint);
  if (!data) {
    return error ? <ErrorNotice error={error} onRetry={reload} /> : <Skeleton height={160} />;
  }
  return (
    <Stack gap="sm">
      {data.config ? (
        <Shown config={data.config} />
      ) : (
        <Text size="sm">
          Connections have no client certificate, and trust the usual authorities.
        </Text>
      )}
      {mayWrite && data.enabled && (
        <Group>
          <Confirm
            title="Remove the certificates"
            act={() => remove.run()}
            done="The certificates are removed"
          >
            Connections no longer have a client certificate, and trust the usual authorities.
          </Confirm>
        </Group>
      )}
      {mayWrite && <CertificateForm app={app} endpoint={endpoint} replaces={data.enabled} />}
    </Stack>
  );
}

function Shown({ config: { certificates, authorities } }: { config: EndpointMtlsConfigOut }) {
  return (
    <>
      <Certificates title="Client certificate" of={certificates} />
      <Certificates title="Trusted authorities" of={authorities} />
    </>
  );
}

function Certificates({ title, of }: { title: string; of: EndpointMtlsConfigOut['certificates'] }) {
  if (of.length === 0) return null;
  return (
    <ul className="rows" aria-label={title}>
      {of.map(({ subject, issuer, expiresAt }) => (
        <li key={`${subject} ${expiresAt}`}>
          <Text size="sm" className="break" component="span">
            {title}: {oneLine(subject)}, issued by {oneLine(issuer)}
          </Text>
          <Text size="sm" c="dimmed" component="span">
            ends <Time at={expiresAt} />
          </Text>
        </li>
      ))}
    </ul>
  );
}

function CertificateForm({ app, endpoint, replaces }: EndpointOf & { replaces: boolean }) {
  const announce = useAnnounce();
  const set = useSetAccess('mtls', app, endpoint);
  const [identity, setIdentity] = useState('');
  const [authorities, setAuthorities] = useState('');
  const saving = useSaving({
    name: 'the certificates',
    read: () => ({ identity, authorities }),
    save: () =>
      set.run({
        ...(identity.trim() !== '' && { identity }),
        ...(authorities.trim() !== '' && { authorities }),
      }),
    emptied: () => ({ identity: '', authorities: '' }),
    onSaved: () => {
      setIdentity('');
      setAuthorities('');
      announce('The certificates are saved');
    },
  });
  const errors = errorsByField(saving.error);
  return (
    <Form onSubmit={() => saving.mutate()}>
      <Stack gap="sm">
        <Textarea
          label="Client certificate and private key"
          description="PEM: the certificate, its intermediate certificates, and the unencrypted key. The key is never shown again."
          placeholder="-----BEGIN CERTIFICATE-----"
          classNames={{ input: 'mono' }}
          autoComplete="off"
          spellCheck={false}
          autosize
          minRows={3}
          maxRows={10}
          value={identity}
          onChange={(event) => setIdentity(event.currentTarget.value)}
          error={errors['identity']}
        />
        <Textarea
          label="Authorities of the receiver’s certificate"
          description="PEM. Only receivers with a certificate from one of these are trusted. Empty: the usual authorities."
          placeholder="-----BEGIN CERTIFICATE-----"
          classNames={{ input: 'mono' }}
          spellCheck={false}
          autosize
          minRows={3}
          maxRows={10}
          value={authorities}
          onChange={(event) => setAuthorities(event.currentTarget.value)}
          error={errors['authorities']}
        />
        {replaces && (
          <Text size="sm" c="dimmed">
            Saving replaces both: paste the certificate again, too, when you change the authorities.
          </Text>
        )}
        <ErrorNotice error={saving.error} />
        <Group>
          <Button type="submit" variant="default" loading={saving.isPending}>
            Save the certificates
          </Button>
        </Group>
      </Stack>
    </Form>
  );
}

/** The name of a certificate comes with a line for each of its parts. */
function oneLine(name: string): string {
  return name.split('\n').join(', ');
}
