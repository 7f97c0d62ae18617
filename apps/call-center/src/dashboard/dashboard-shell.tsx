import { AppShell, Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ColorSchemeButton } from '@posthaste/faces/kit/shell/color-scheme-button.tsx';
import { Connection, type ConnectionState } from './connection.tsx';

export interface DashboardShellProps {
  readonly connection: ConnectionState;
  readonly children: ReactNode;
}

export function DashboardShell({ connection, children }: DashboardShellProps) {
  return (
    <AppShell header={{ height: 48 }} padding="md">
      <a className="skip-link" href="#calls">
        Skip to the calls
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap" justify="space-between">
          <Title order={1} size="h3" className="clip">
            Call center
          </Title>
          <Group gap="md" wrap="nowrap">
            <Connection state={connection} />
            <ColorSchemeButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main>{children}</AppShell.Main>
    </AppShell>
  );
}
