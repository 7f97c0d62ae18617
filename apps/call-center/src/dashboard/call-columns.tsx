import type { Column } from '@posthaste/faces/kit/parts/data-table.tsx';
import { State } from '@posthaste/faces/kit/parts/state.tsx';
import { useNow } from '@posthaste/faces/kit/hooks/use-now.ts';
import { clockTime, span } from '@posthaste/faces/kit/words/times.ts';
import { visible } from '@posthaste/faces/kit/words/visible.ts';
import { STATUSES } from './api.ts';
import type { Call } from './api.ts';
import { SHOWN_STATUSES } from './statuses.ts';

export const CALL_COLUMNS: readonly Column<Call>[] = [
  { title: 'Contact', cell: ({ number }) => visible(number), whole: true },
  { title: 'Ext.', cell: ({ extension }) => extension },
  { title: 'Status', cell: (call) => <Status {...call} />, whole: true },
  { title: 'Received', cell: ({ createdAt }) => <Moment at={createdAt} />, wideOnly: true },
  { title: 'Changed', cell: ({ updatedAt }) => <Moment at={updatedAt} />, wideOnly: true },
  { title: 'Duration', cell: (call) => <Duration {...call} />, wideOnly: true, align: 'right' },
  { title: 'Call', cell: ({ callId }) => callId, wideOnly: true, align: 'right' },
];

function Status({ status }: Call) {
  const name = statusOf(status);
  return <State tone={SHOWN_STATUSES[name].tone}>{name}</State>;
}

function Moment({ at }: { readonly at: string }) {
  const now = useNow();
  return <time dateTime={at}>{clockTime(at, now)}</time>;
}

/** From the call's arrival to its end, or until now while the call goes on. */
function Duration({ status, createdAt, updatedAt }: Call) {
  const now = useNow();
  const end = statusOf(status) === 'completed' ? Date.parse(updatedAt) : now;
  return <>{span(Math.max(0, end - Date.parse(createdAt)))}</>;
}

function statusOf(status: number): (typeof STATUSES)[number] {
  return STATUSES[status] ?? 'completed';
}
