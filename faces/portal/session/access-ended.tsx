import { Paper, Stack, Text, Title } from '@mantine/core';

/** The page for a person without a link, or with one that has ended. */
export function AccessEnded({ name, reason }: { name: string | null; reason: string | null }) {
  const from = name ?? 'the product that sends you webhooks';
  return (
    <main className="sign-in">
      <Paper withBorder p="lg" radius="md">
        <Stack gap="md" role="status">
          <Title order={1}>
            {reason === null ? 'Open this page from your account' : 'Your access has ended'}
          </Title>
          <Text size="sm">
            {reason === null
              ? 'This page shows the webhooks of one customer. It opens only by a link made for that customer.'
              : 'A link to this page works for a limited time. Everything that you saved is kept, and webhooks continue.'}
          </Text>
          <Text size="sm" fw={600}>
            {window.parent === window
              ? `Go back to ${from} and open your webhooks again.`
              : 'Reload the page that contains this one to get a new link.'}
          </Text>
          {reason !== null && (
            <Text size="sm" c="dimmed">
              {reason}.
            </Text>
          )}
        </Stack>
      </Paper>
    </main>
  );
}
