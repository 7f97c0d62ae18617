import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../api/api-context.tsx';
import { CodeBlock } from '../parts/code-block.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { useMay } from '../session/session-context.tsx';

/** The signing secret, shown to whoever asks for it, and rotated. */
export function SecretPanel({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const mayRead = useMay('endpoint-secret:read');
  const mayRotate = useMay('endpoint-secret:write');
  const secret = useMutation({ mutationFn: () => api.endpoints.secret(app, endpoint) });
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        The receiver verifies with it that a message is from here and was not changed on its way.
      </Text>
      {secret.data && <CodeBlock label="Signing secret" text={secret.data.key} />}
      <ErrorNotice error={secret.error} />
      <Group>
        {secret.data ? (
          <Button variant="default" onClick={secret.reset}>
            Hide
          </Button>
        ) : (
          <Button
            variant="default"
            loading={secret.isPending}
            disabled={!mayRead}
            onClick={() => secret.mutate()}
          >
            Show the secret
          </Button>
        )}
        <Confirm
          title="Rotate the secret"
          act={async () => {
            await api.endpoints.rotateSecret(app, endpoint, {});
            secret.mutate();
          }}
          done="The secret is rotated: the old one signs for 24 hours more"
          disabled={!mayRotate}
        >
          A new secret is made. Messages are signed with both secrets for 24 hours, so that the
          receiver has the time to change to the new one.
        </Confirm>
      </Group>
    </Stack>
  );
}
