import type { Endpoint } from '../../domain/endpoint.ts';
import { type Selection, idRange, selects } from '../../domain/task.ts';
import { wantedMessages } from '../../domain/wanted-messages.ts';
import type { Context } from '../context.ts';
import type { TaskCountOut } from './task-schemas.ts';

/** Counts the deliveries that a task would change now, among as many messages as a request may read. */
export async function countSelected(
  { storage, clock }: Pick<Context, 'storage' | 'clock'>,
  endpoint: Endpoint,
  selection: Selection,
): Promise<TaskCountOut> {
  const { id: endpointId, applicationId } = endpoint;
  const messagesOf = (ids: readonly string[]) => storage.messages.some(applicationId, ids);
  const range = idRange(selection, clock.now());
  const { by, since, until } = selection;
  const withStatus = selection.statusCodeClass !== null;
  let { after } = range;
  let count = 0;
  for (let scanned = 0; scanned < MOST_SCANNED; scanned += WINDOW) {
    const rows = await storage.tasks.scan({
      by,
      since,
      until,
      applicationId,
      endpointId,
      after,
      before: range.before,
      limit: WINDOW,
      withStatus,
    });
    const isWanted = await wantedMessages(messagesOf, endpoint, rows);
    const now = clock.scheduleNow();
    count += rows.filter((found) => selects(selection, found, isWanted, now)).length;
    const last = rows.at(-1);
    if (last === undefined || rows.length < WINDOW) return { count, isExact: true };
    after = last.at;
  }
  return { count, isExact: false };
}

const WINDOW = 1_000;
const MOST_SCANNED = 100_000;
