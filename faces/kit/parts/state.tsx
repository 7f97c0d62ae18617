import type { ReactNode } from 'react';

export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'off';

/** A state as a word with a coloured dot: never by colour alone. */
export function State({ tone, children }: { tone: Tone; children: ReactNode }) {
  return (
    <span className="state">
      <span className="dot" data-tone={tone} aria-hidden />
      <span className="clip">{children}</span>
    </span>
  );
}
