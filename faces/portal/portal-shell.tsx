import { Text } from '@mantine/core';
import { type ReactNode, use } from 'react';
import { IdentityContext } from '../kit/session/session-context.tsx';
import { MessageIcon, PulseIcon, AppsIcon, TagIcon } from '../kit/shell/icons.tsx';
import type { Command } from '../kit/shell/palette-commands.ts';
import { type Section, Shell } from '../kit/shell/shell.tsx';
import { useRenewal } from '../react/use-renewal.ts';
import type { PortalLook } from './look/look.ts';

const SECTIONS: readonly Section[] = [
  { title: 'Endpoints', to: '/', icon: <AppsIcon /> },
  { title: 'Messages', to: '/messages', icon: <MessageIcon /> },
  { title: 'Activity', to: '/activity', icon: <PulseIcon /> },
  { title: 'Event catalog', to: '/event-types', icon: <TagIcon /> },
];

export interface PortalShellProps {
  readonly look: PortalLook;
  readonly children: ReactNode;
}

export function PortalShell({ look, children }: PortalShellProps) {
  const rights = use(IdentityContext)?.rights ?? [];
  const commands: readonly Command[] = rights.includes('endpoint:write')
    ? [{ title: 'Add an endpoint', hint: 'Act', to: '/endpoints/new' }]
    : [];
  return (
    <Shell
      brand={<Brand look={look} />}
      sections={SECTIONS}
      commands={() => commands}
      footer={look.hidesMaker ? null : <Maker />}
    >
      <Renewal />
      {children}
    </Shell>
  );
}

function Renewal() {
  useRenewal();
  return null;
}

function Brand({ look: { name, logo } }: { look: PortalLook }) {
  return (
    <span className="brand">
      {logo !== null && <img src={logo} alt="" />}
      <span className="clip">{name === null ? 'Webhooks' : `${name} webhooks`}</span>
    </span>
  );
}

function Maker() {
  return (
    <Text size="xs" c="dimmed" px="xs">
      Powered by Posthaste
    </Text>
  );
}
