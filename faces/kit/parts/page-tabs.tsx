import { Tabs } from '@mantine/core';
import type { ReactNode } from 'react';
import { useSearchValue } from '../hooks/use-search-value.ts';

export interface PageTab {
  /** The name of the tab in the address. */
  readonly value: string;
  readonly title: string;
  readonly panel: ReactNode;
}

/** The tabs of a page; the address has the open one. An unknown name opens the first. */
export function PageTabs({ tabs }: { tabs: readonly [PageTab, ...PageTab[]] }) {
  const [chosen, choose] = useSearchValue('tab');
  const shown = tabs.find(({ value }) => value === chosen) ?? tabs[0];
  return (
    <Tabs value={shown.value} onChange={choose} keepMounted={false}>
      <Tabs.List mb="md">
        {tabs.map(({ value, title }) => (
          <Tabs.Tab key={value} value={value}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {tabs.map(({ value, panel }) => (
        <Tabs.Panel key={value} value={value}>
          {panel}
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
