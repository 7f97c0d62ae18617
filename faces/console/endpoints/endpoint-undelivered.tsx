import { Link } from '../../kit/parts/link.tsx';
import { useApi } from '../../kit/api/api-context.tsx';
import { useRead } from '../../kit/hooks/use-read.ts';
import { whole } from '../../kit/words/numbers.ts';
import { paths } from '../paths.ts';

const EVERY_MS = 5_000;

/** How many failed deliveries of an endpoint were not delivered so far. */
export function EndpointUndelivered({ app, endpoint }: { app: string; endpoint: string }) {
  const api = useApi();
  const query = { endpoint_id: endpoint };
  const counted = useRead(
    ['undelivered', 'count', app, query],
    () => api.undelivered.count(app, query),
    { everyMs: EVERY_MS },
  );
  const sending = counted.data?.sending ?? 0;
  if (!counted.data) return '–';
  if (counted.data.fail === 0 && sending === 0) return 'nothing';
  return (
    <Link to={paths.undelivered(app, endpoint)} size="sm">
      {!counted.data.isExact && 'at least '}
      {whole(counted.data.fail)} failed, {whole(sending)} will be retried
    </Link>
  );
}
