import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'off';

/** A state as a word, with a dot for the eye: never by colour alone. */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <Group gap={6} wrap="nowrap" component="span" className="state">
      <span className="dot" data-tone={tone} aria-hidden />
      <Text span size="sm" className="clip">
        {children}
      </Text>
    </Group>
  );
}
