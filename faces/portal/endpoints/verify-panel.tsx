import { NativeSelect, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { SecretPanel } from '../../kit/endpoints/secret-panel.tsx';
import { CodeBlock } from '../../kit/parts/code-block.tsx';
import { usePortal } from '../../react/use-portal.ts';
import { type KeyKind, SNIPPETS } from '../snippets/snippets.ts';

const KEPT = 'posthaste-portal-language';
const FIRST = 'Node.js';
const KINDS: Readonly<Record<KeyKind, string>> = {
  whsec_: 'whsec_ (HMAC, signatures v1)',
  whpk_: 'whpk_ (ed25519, signatures v1a)',
};

/** The secret, and the code that verifies with it. */
export function VerifyPanel({ endpoint }: { endpoint: string }) {
  const { app, may } = usePortal();
  const [language, setLanguage] = useState(keptLanguage);
  const [kind, setKind] = useState<KeyKind>('whsec_');
  return (
    <div className="halves">
      <Stack gap="sm">
        <Title order={2}>Signing secret</Title>
        {may('endpoint-secret:read') ? (
          <SecretPanel
            app={app}
            endpoint={endpoint}
            onShown={(key) => setKind(key.startsWith('whpk_') ? 'whpk_' : 'whsec_')}
          />
        ) : (
          <Text size="sm" c="dimmed">
            Your access does not include the secret. Ask the provider of these webhooks for it.
          </Text>
        )}
      </Stack>
      <Stack gap="sm">
        <Title order={2}>Verification code</Title>
        <Text size="sm" c="dimmed">
          Verify each request before you trust it, and answer with 2xx within 15 seconds. Keep the
          secret in the environment, not in the code.
        </Text>
        <NativeSelect
          label="Language"
          data={Object.keys(SNIPPETS)}
          value={language}
          onChange={(event) => {
            setLanguage(event.currentTarget.value);
            keepLanguage(event.currentTarget.value);
          }}
        />
        <NativeSelect
          label="Kind of secret"
          description="The first letters of the secret tell the kind of signature."
          data={Object.entries(KINDS).map(([value, label]) => ({ value, label }))}
          value={kind}
          onChange={(event) => setKind(event.currentTarget.value as KeyKind)}
        />
        <CodeBlock label={`Verification in ${language}`} text={SNIPPETS[language]?.[kind] ?? ''} />
      </Stack>
    </div>
  );
}

function keptLanguage(): string {
  try {
    const kept = localStorage.getItem(KEPT) ?? '';
    return kept in SNIPPETS ? kept : FIRST;
  } catch {
    return FIRST;
  }
}

function keepLanguage(language: string): void {
  try {
    localStorage.setItem(KEPT, language);
  } catch {
    // Some frames have no storage.
  }
}
