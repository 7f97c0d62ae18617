import { State, type Tone } from '@posthaste/faces/kit/parts/state.tsx';

/** Whether the page is updated as calls change. */
export type ConnectionState = 'connecting' | 'live' | 'lost';

const SHOWN: Readonly<Record<ConnectionState, { tone: Tone; text: string }>> = {
  connecting: { tone: 'off', text: 'Connecting…' },
  live: { tone: 'good', text: 'Live' },
  lost: { tone: 'bad', text: 'Connection lost' },
};

export function Connection({ state }: { readonly state: ConnectionState }) {
  const { tone, text } = SHOWN[state];
  return (
    <div role="status" aria-label="Connection">
      <State tone={tone}>{text}</State>
    </div>
  );
}
