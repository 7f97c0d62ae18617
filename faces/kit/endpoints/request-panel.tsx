import { Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { AuthenticationPanel } from './authentication-panel.tsx';
import type { EndpointOf } from './endpoint-of.ts';
import { HeaderPanel } from './header-panel.tsx';
import { MtlsPanel } from './mtls-panel.tsx';
import { SignaturePanel } from './signature-panel.tsx';

/** The headers of each request, and its proofs of who sends it. */
export function RequestPanel(of: EndpointOf) {
  return (
    <div className="halves">
      <Part title="Headers">
        <HeaderPanel {...of} />
      </Part>
      <Part title="Authentication">
        <AuthenticationPanel {...of} />
      </Part>
      <Part title="Client certificate (mTLS)">
        <MtlsPanel {...of} />
      </Part>
      <Part title="Custom signature">
        <SignaturePanel {...of} />
      </Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="card" aria-label={title}>
      <Stack gap="sm">
        <Title order={2}>{title}</Title>
        {children}
      </Stack>
    </section>
  );
}
