import { Link } from '../../kit/parts/link.tsx';
import { useApi } from '../../kit/api/api-context.tsx';
import { useNow } from '../../kit/hooks/use-now.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { whole } from '../../kit/words/numbers.ts';
import { ago } from '../../kit/words/times.ts';
import { paths } from '../paths.ts';

const EVERY_MS = 5_000;
/** The API lists no deliveries by when they are due: of more than these, the next is not looked for. */
const LOOKED_AT = 100;

/** What an endpoint did not get so far, and when it is tried again. */
export function EndpointUndelivered({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const now = useNow();
  const query = { endpoint_id: endpoint };
  const counted = useRead(
    ['undelivered', 'count', app, query],
    () => api.undelivered.count(app, query),
    { everyMs: EVERY_MS },
  );
  const sending = counted.data?.sending ?? 0;
  const retried = useRead(
    ['undelivered', 'next', app, endpoint],
    () => api.undelivered.list(app, { ...query, status: 3, limit: LOOKED_AT }),
    { everyMs: EVERY_MS, enabled: sending > 0 && sending <= LOOKED_AT },
  );
  if (!counted.data) return '–';
  if (counted.data.fail === 0 && sending === 0) return 'nothing';
  const next = retried.data?.data.flatMap(({ nextAttempt }) => nextAttempt ?? []).toSorted()[0];
  return (
    <Link to={paths.undelivered(app, endpoint)} size="sm">
      {!counted.data.isExact && 'at least '}
      {whole(counted.data.fail)} failed, {whole(sending)} will be tried again
      {sending > 0 && next !== undefined && `, the next ${ago(next, now)}`}
    </Link>
  );
}
