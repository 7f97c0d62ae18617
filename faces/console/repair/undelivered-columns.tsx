import type { UndeliveredOut } from '../../kit/api/types.ts';
import type { Column } from '../../kit/parts/data-table.tsx';
import { CellLink, RowLink } from '../../kit/parts/link.tsx';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';
import { STANDINGS } from '../../kit/words/states.ts';
import { paths } from '../paths.ts';

export const undeliveredColumns: readonly Column<UndeliveredOut>[] = [
  {
    title: 'Message',
    cell: ({ appId, msgId }) => (
      <RowLink to={paths.message(appId, msgId)}>
        <code>{msgId}</code>
      </RowLink>
    ),
  },
  {
    title: 'State',
    cell: ({ status }) => <State tone={STANDINGS[status].tone}>{STANDINGS[status].text}</State>,
  },
  {
    title: 'Repair',
    cell: ({ appId, endpointId, endpointUrl }) => (
      <CellLink to={paths.endpointTab(appId, endpointId, 'repair')}>
        {endpointUrl ?? endpointId}
      </CellLink>
    ),
  },
  { title: 'Event type', wideOnly: true, cell: ({ eventType }) => <code>{eventType}</code> },
  { title: 'Attempts', wideOnly: true, align: 'right', cell: ({ attemptCount }) => attemptCount },
  {
    title: 'Next attempt',
    wideOnly: true,
    align: 'right',
    cell: ({ nextAttempt }) => <Time at={nextAttempt} />,
  },
  {
    title: 'Published',
    wideOnly: true,
    align: 'right',
    cell: ({ timestamp }) => <Time at={timestamp} />,
  },
];
