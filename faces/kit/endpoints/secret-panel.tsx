import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../api/api-context.tsx';
import { CodeBlock } from '../parts/code-block.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { useMay } from '../session/session-context.tsx';
import type { EndpointOf } from './endpoint-of.ts';
import { SecretRotation } from './secret-rotation.tsx';

/** Shows the signing secret on request, and rotates it. `onShown` gets the shown key. */
export function SecretPanel({
  app,
  endpoint,
  onShown,
}: EndpointOf & { onShown?: (key: string) => void }) {
  const api = useApi();
  const mayRead = useMay('endpoint-secret:read');
  const mayRotate = useMay('endpoint-secret:write');
  const secret = useMutation({
    mutationFn: () => api.endpoints.secret(app, endpoint),
    onSuccess: ({ key }) => onShown?.(key),
  });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        With this secret the receiver verifies that a message is authentic and unchanged.
      </Text>
      {secret.data && <CodeBlock label={nameOf(secret.data.key)} text={secret.data.key} />}
      <ErrorNotice error={secret.error} />
      <Group>
        {mayRead && secret.data && (
          <Button variant="default" onClick={secret.reset}>
            Hide
          </Button>
        )}
        {mayRead && !secret.data && (
          <Button variant="default" loading={secret.isPending} onClick={() => secret.mutate()}>
            Show the secret
          </Button>
        )}
        {mayRotate && (
          <SecretRotation
            app={app}
            endpoint={endpoint}
            onRotated={() => (mayRead ? secret.mutate() : undefined)}
          />
        )}
      </Group>
    </Stack>
  );
}

/** For ed25519 the receiver has only the public key, which is no secret. */
function nameOf(key: string): string {
  return key.startsWith('whpk_') ? 'Public key' : 'Signing secret';
}
