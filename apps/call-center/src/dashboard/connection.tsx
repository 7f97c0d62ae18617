import type { LiveCalls } from './use-calls.ts';
import { timeOf } from './times.ts';

interface ConnectionProps {
  readonly state: LiveCalls['connection'];
  readonly loadedAt: number | null;
}

export function Connection({ state, loadedAt }: ConnectionProps) {
  const since = loadedAt === null ? '' : ` Shown as of ${timeOf(loadedAt)}.`;
  const texts = {
    connecting: 'Connecting…',
    live: 'Live',
    lost: `Connection lost, retrying…${since}`,
  };
  return (
    <p className={`connection ${state}`} role="status">
      <span className="dot" aria-hidden="true" />
      {texts[state]}
    </p>
  );
}
