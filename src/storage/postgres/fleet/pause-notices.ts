import { textArray } from '../binary-array.ts';
import type { Statement } from '../connection-pool.ts';
import type { EndpointPause } from '../../changes.ts';
import { asNotices } from './due-notices.ts';
import { PAUSE_CHANNEL } from './session.ts';

/** Tells until when the endpoints are not to be asked, in the time of the database. */
export function pauseStatement(pauses: readonly EndpointPause[], storedNow: number): Statement {
  const entries = pauses.map(
    ({ endpointId, applicationId, forMs }) =>
      `${endpointId} ${applicationId} ${Math.ceil(storedNow + forMs)}`,
  );
  return {
    name: 'pauses',
    text: `select count(pg_notify('${PAUSE_CHANNEL}', notice)) from unnest($1::text[]) as notice`,
    values: [textArray(asNotices(entries))],
  };
}

export function pausesOf(notice: string, storedNow: number): EndpointPause[] {
  return notice.split('\n').flatMap((entry) => {
    const [endpointId = '', applicationId = '', until = ''] = entry.split(' ');
    const forMs = Number(until) - storedNow;
    return forMs > 0 ? [{ endpointId, applicationId, forMs }] : [];
  });
}
