import type { EndpointMessageOut, MessageOut } from '../api/types.ts';
import type { Column } from '../parts/data-table.tsx';
import { RowLink } from '../parts/link.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { STANDINGS } from '../words/states.ts';

/** Columns of a list of messages; `pageOf` gives the path of a message's page. */
export function messageColumns(pageOf: (message: string) => string): readonly Column<MessageOut>[] {
  return [
    {
      title: 'Message',
      cell: (message) => (
        <RowLink to={pageOf(message.id)}>
          <code>{message.id}</code>
        </RowLink>
      ),
    },
    { title: 'Event type', cell: ({ eventType }) => <code>{eventType}</code> },
    { title: 'Event id', wideOnly: true, cell: ({ eventId }) => eventId ?? <None /> },
    { title: 'Tags', wideOnly: true, cell: ({ tags }) => tags?.join(', ') ?? <None /> },
    { title: 'Published', align: 'right', cell: ({ timestamp }) => <Time at={timestamp} /> },
  ];
}

/** The same columns with the state of each delivery, for the list of one endpoint. */
export function standingColumns(
  pageOf: (message: string) => string,
): readonly Column<EndpointMessageOut>[] {
  const [message, eventType, , , published] = messageColumns(pageOf);
  const state: Column<EndpointMessageOut> = {
    title: 'State',
    cell: ({ status }) => <State tone={STANDINGS[status].tone}>{STANDINGS[status].text}</State>,
  };
  const next: Column<EndpointMessageOut> = {
    title: 'Next attempt',
    wideOnly: true,
    cell: ({ nextAttempt }) => <Time at={nextAttempt} />,
  };
  return [
    message,
    state,
    eventType,
    next,
    published && { ...published, wideOnly: true as const },
  ].filter((column) => column !== undefined);
}

function None() {
  return <span className="dimmed">–</span>;
}
