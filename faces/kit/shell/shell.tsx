import { ActionIcon, AppShell, Burger, Button, Group, Kbd, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useRouterState } from '@tanstack/react-router';
import { type ReactNode, use, useEffect } from 'react';
import { SectionLink } from '../parts/link.tsx';
import { Waiting } from '../parts/waiting.tsx';
import { IdentityContext } from '../session/session-context.tsx';
import { ColorSchemeButton } from './color-scheme-button.tsx';
import { SearchIcon } from './icons.tsx';
import { Palette } from './palette.tsx';
import type { Command } from './palette-commands.ts';
import { useHotkey } from './use-hotkey.ts';

export interface Section {
  readonly title: string;
  readonly to: string;
  readonly icon: ReactNode;
}

export interface ShellProps {
  readonly brand: ReactNode;
  readonly sections: readonly Section[];
  /** The commands that the palette (Ctrl-K) offers for the typed text, besides the sections. */
  readonly commands: (typed: string) => readonly Command[];
  /** At the end of the navigation: who is signed in. */
  readonly footer: ReactNode;
  readonly children: ReactNode;
}

/** Navigation, palette and the place of the page. Parts that depend on the signed-in person appear once it is known. */
export function Shell({ brand, sections, commands, footer, children }: ShellProps) {
  const isKnown = use(IdentityContext) !== null;
  const [isNavOpen, nav] = useDisclosure();
  const [isPaletteOpen, palette] = useDisclosure();
  const pathname = useRouterState({ select: ({ location }) => location.pathname });
  useHotkey('mod+k', palette.toggle);
  useEffect(nav.close, [pathname, nav.close]);
  const isHere = ({ to }: Section) =>
    to === '/' ? pathname === '/' : pathname === to || pathname.startsWith(`${to}/`);

  return (
    <AppShell
      header={{ height: 48 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isNavOpen } }}
      padding="md"
    >
      <a className="skip-link" href="#page">
        Skip to the page
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" gap="sm" wrap="nowrap">
          <Burger
            opened={isNavOpen}
            onClick={nav.toggle}
            hiddenFrom="sm"
            size="sm"
            aria-label={isNavOpen ? 'Close navigation' : 'Open navigation'}
          />
          <Text fw={600} className="clip" component="div">
            {brand}
          </Text>
          <Group gap="xs" ml="auto" wrap="nowrap">
            <Button
              variant="default"
              onClick={palette.open}
              leftSection={<SearchIcon />}
              rightSection={<Kbd size="xs">Ctrl K</Kbd>}
              visibleFrom="sm"
            >
              Search and commands
            </Button>
            <ActionIcon
              variant="default"
              size={30}
              hiddenFrom="sm"
              onClick={palette.open}
              aria-label="Search and commands"
            >
              <SearchIcon />
            </ActionIcon>
            <ColorSchemeButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Sections">
        <AppShell.Section grow className="scrolling">
          {sections.map((section) => (
            <SectionLink
              key={section.to}
              to={section.to}
              {...(isHere(section) && { 'aria-current': 'page' as const })}
            >
              {section.icon}
              {section.title}
            </SectionLink>
          ))}
        </AppShell.Section>
        <AppShell.Section>{isKnown && footer}</AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="page" tabIndex={-1}>
        {isKnown ? children : <Waiting />}
      </AppShell.Main>
      <Palette
        isOpen={isPaletteOpen}
        onClose={palette.close}
        commandsFor={(typed) => [
          ...commands(typed),
          ...sections.map(({ title, to }): Command => ({ title, hint: 'Page', to })),
        ]}
      />
    </AppShell>
  );
}
