import { useApi } from '../../kit/api/api-context.tsx';
import type { UndeliveredOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
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
    cell: ({ appId, endpointId }) => <EndpointLink app={appId} endpoint={endpointId} />,
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

/** Each endpoint is read once: many failures are usually of few endpoints. */
function EndpointLink({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const read = useRead(['endpoint', app, endpoint], () => api.endpoints.get(app, endpoint));
  return (
    <CellLink to={paths.endpointTab(app, endpoint, 'repair')}>
      {read.data?.url ?? endpoint}
    </CellLink>
  );
}
