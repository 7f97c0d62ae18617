import type { Tone } from '@posthaste/faces/kit/parts/state.tsx';
import type { StatusName } from './api.ts';

/** How each status looks and is called, everywhere. */
export const SHOWN_STATUSES: Readonly<
  Record<StatusName, { readonly tone: Tone & ('warn' | 'busy' | 'good'); readonly title: string }>
> = {
  waiting: { tone: 'warn', title: 'Waiting' },
  active: { tone: 'busy', title: 'Active' },
  completed: { tone: 'good', title: 'Completed' },
};
