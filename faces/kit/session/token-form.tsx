import { Alert, Button, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useSession } from './session-context.tsx';

/** Signs in with a pasted token. */
export function TokenForm({ title, reason }: { title: string; reason: string | null }) {
  const session = useSession();
  const [token, setToken] = useState('');
  const isHere = document.documentElement.dataset['signIn'] === 'by-itself';

  function submit(event: FormEvent) {
    event.preventDefault();
    const pasted = token.trim();
    if (pasted !== '') session.signIn(pasted);
  }

  return (
    <main className="sign-in">
      <Paper withBorder p="lg" radius="md" component="form" onSubmit={submit}>
        <Stack gap="md">
          <Title order={1}>{title}</Title>
          {reason !== null && (
            <Alert color="red" variant="outline" role="alert">
              {reason}
            </Alert>
          )}
          <PasswordInput
            label="API key or token of the organization"
            description="Kept in this tab only, and forgotten when you close it."
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
            autoComplete="off"
            data-autofocus
            required
            withAsterisk={false}
          />
          <Button type="submit" size="sm">
            Sign in
          </Button>
          {isHere && (
            <Button variant="default" size="sm" onClick={() => void session.renew()}>
              Sign in as this machine
            </Button>
          )}
          <Text size="sm" c="dimmed">
            Run <code>posthaste token</code> on the server to get a token, or create an API key in
            the console.
          </Text>
        </Stack>
      </Paper>
    </main>
  );
}
