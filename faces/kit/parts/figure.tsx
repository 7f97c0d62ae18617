import { Text } from '@mantine/core';
import type { ReactNode } from 'react';

export interface FigureProps {
  readonly title: string;
  readonly note: string;
  readonly tone?: 'bad' | 'warn' | undefined;
  /** The figure consists of several numbers. */
  readonly isLong?: true;
  readonly children: ReactNode;
}

/** A large number with its title and a note. */
export function Figure({ title, note, tone, isLong, children }: FigureProps) {
  return (
    <section className="card" aria-label={title}>
      <Text size="xs" c="dimmed">
        {title}
      </Text>
      <div className={`${isLong ? 'figures' : 'figure'} ${tone ? `tone-${tone}` : ''}`}>
        {children ?? '…'}
      </div>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </section>
  );
}
