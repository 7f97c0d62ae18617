import { Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useIdentity, useSession } from '../kit/session/session-context.tsx';
import {
  AppsIcon,
  BellIcon,
  GearIcon,
  KeyIcon,
  ListIcon,
  MessageIcon,
  PulseIcon,
  RepairIcon,
  TagIcon,
  TaskIcon,
  UndeliveredIcon,
} from '../kit/shell/icons.tsx';
import { type Section, Shell } from '../kit/shell/shell.tsx';
import { useLeave } from '../kit/unsaved/use-leave.ts';
import { commandsFor } from './console-commands.ts';

const SECTIONS: readonly Section[] = [
  { title: 'Overview', to: '/', icon: <PulseIcon /> },
  { title: 'Applications', to: '/applications', icon: <AppsIcon /> },
  { title: 'Messages', to: '/messages', icon: <MessageIcon /> },
  { title: 'Undelivered', to: '/undelivered', icon: <UndeliveredIcon /> },
  { title: 'Repair', to: '/repair', icon: <RepairIcon /> },
  { title: 'Tasks', to: '/tasks', icon: <TaskIcon /> },
  { title: 'Event types', to: '/event-types', icon: <TagIcon /> },
  { title: 'Operational webhooks', to: '/operational-webhooks', icon: <BellIcon /> },
  { title: 'API keys', to: '/api-keys', icon: <KeyIcon /> },
  { title: 'Audit', to: '/audit', icon: <ListIcon /> },
  { title: 'Settings', to: '/settings', icon: <GearIcon /> },
];

export function ConsoleShell({ children }: { children: ReactNode }) {
  return (
    <Shell brand="Posthaste" sections={SECTIONS} commands={commandsFor} footer={<SignedInAs />}>
      {children}
    </Shell>
  );
}

function SignedInAs() {
  const session = useSession();
  const { envId } = useIdentity();
  const leave = useLeave();
  return (
    <Group gap="xs" justify="space-between" wrap="nowrap" px="xs">
      <Text size="xs" c="dimmed" className="clip" title={envId}>
        {envId}
      </Text>
      <Button variant="subtle" px={6} flex="none" onClick={() => leave(session.signOut)}>
        Sign out
      </Button>
    </Group>
  );
}
