import { STATUSES } from './api.ts';
import type { Call, CallsPage } from './api.ts';
import { lengthOf, momentOf } from './times.ts';
import { useNow } from './use-now.ts';

const PLACEHOLDERS = 6;

interface CallTableProps {
  readonly page: CallsPage | null;
  readonly pending: boolean;
}

export function CallTable({ page, pending }: CallTableProps) {
  const now = useNow();
  if (page?.total === 0) return null;
  return (
    <div className="scroll">
      <table aria-labelledby="calls-title" aria-busy={page === null || pending}>
        <thead>
          <tr>
            <th scope="col">Contact</th>
            <th scope="col">
              <abbr title="Extension">Ext.</abbr>
            </th>
            <th scope="col">Status</th>
            <th scope="col" className="wide">
              Came
            </th>
            <th scope="col">Changed</th>
            <th scope="col" className="end wide">
              Duration
            </th>
            <th scope="col" className="end wide">
              Call
            </th>
          </tr>
        </thead>
        <tbody className={pending ? 'pending' : undefined}>
          {page === null
            ? Array.from({ length: PLACEHOLDERS }, (_, row) => <PlaceholderRow key={row} />)
            : page.calls.map((call) => <Row key={call.callId} call={call} now={now} />)}
        </tbody>
      </table>
      {page === null && (
        <p className="unseen" role="status">
          Loading the calls…
        </p>
      )}
    </div>
  );
}

function Row({ call, now }: { readonly call: Call; readonly now: number }) {
  const status = STATUSES[call.status] ?? 'completed';
  const end = status === 'completed' ? Date.parse(call.updatedAt) : now;
  return (
    <tr>
      <th scope="row">{call.number}</th>
      <td>{call.extension}</td>
      <td>
        {/* The key makes a changed status a new element, which comes in visibly. */}
        <span key={status} className={`status ${status}`}>
          <span className="dot" aria-hidden="true" />
          {status}
        </span>
      </td>
      <td className="wide">
        <time dateTime={call.createdAt}>{momentOf(call.createdAt, now)}</time>
      </td>
      <td>
        <time dateTime={call.updatedAt}>{momentOf(call.updatedAt, now)}</time>
      </td>
      <td className="end wide">{lengthOf(end - Date.parse(call.createdAt))}</td>
      <td className="end wide muted">{call.callId}</td>
    </tr>
  );
}

function PlaceholderRow() {
  return (
    <tr className="placeholder" aria-hidden="true">
      <td>
        <span />
      </td>
      <td>
        <span />
      </td>
      <td>
        <span />
      </td>
      <td className="wide">
        <span />
      </td>
      <td>
        <span />
      </td>
      <td className="wide">
        <span />
      </td>
      <td className="wide">
        <span />
      </td>
    </tr>
  );
}
