import { NativeSelect, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { useUnsaved } from '../unsaved/use-unsaved.ts';
import type { EndpointOf } from './endpoint-of.ts';

/** Replaces the signing secret; the old one goes on signing for the chosen time. */
export function SecretRotation({
  app,
  endpoint,
  onRotated,
}: EndpointOf & { onRotated: () => void }) {
  const api = useApi();
  const [grace, setGrace] = useState(DAY_S);
  const [key, setKey] = useState('');
  // Registered here, not in the dialog: the text survives the dialog's closing.
  useUnsaved('your changes to the secret', () => key.trim() !== '');
  return (
    <Confirm
      title="Rotate the secret"
      act={() =>
        api.endpoints.rotateSecret(app, endpoint, {
          gracePeriodSeconds: Number(grace),
          ...(key.trim() !== '' && { key: key.trim() }),
        })
      }
      done={`The secret is rotated: the old one signs ${GRACES[grace]}`}
      onDone={() => {
        setKey('');
        onRotated();
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          Until the old secret ends, messages are signed with both, so that the receiver has the
          time to change to the new one.
        </Text>
        <NativeSelect
          label="The old secret signs"
          data={Object.entries(GRACES).map(([value, label]) => ({ value, label }))}
          value={grace}
          onChange={(event) => setGrace(event.currentTarget.value)}
        />
        <PasswordInput
          label="A secret of your own"
          description="whsec_… , or whsk_… to sign with the private key of ed25519. Empty: a new one is made."
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.currentTarget.value)}
        />
      </Stack>
    </Confirm>
  );
}

const DAY_S = '86400';
const GRACES: Readonly<Record<string, string>> = {
  0: 'no more',
  3600: 'for 1 hour more',
  [DAY_S]: 'for 24 hours more',
  604800: 'for 7 days more',
};
