import { textArray } from '../binary-array.ts';
import type { Statement } from '../connection-pool.ts';
import type { EndpointNotes } from '../../changes.ts';
import { asNotices } from './due-notices.ts';

/**
 * Sends notes to the processes that listen to the channel. A line for each endpoint: its id, its application,
 * the sending process, the end of the pause, the end of the sender's requests in flight, window, learned
 * rate, pause of the breaker, and 1 while deliveries wait for its rate. Both instants are in the database's
 * time; zero stands for none.
 */
export function notesStatement(
  channel: string,
  teller: number,
  notes: readonly EndpointNotes[],
  storedNow: number,
): Statement {
  const until = (ms: number) => (ms > 0 ? Math.ceil(storedNow + ms) : 0);
  const entries = notes.map((note) =>
    [
      note.endpointId,
      note.applicationId,
      teller,
      until(note.pauseMs),
      until(note.busyMs),
      note.window ?? 0,
      note.rate ?? 0,
      note.breakerPauseMs,
      Number(note.paced),
    ].join(' '),
  );
  return {
    name: channel,
    text: `select count(pg_notify('${channel}', notice)) from unnest($1::text[]) as notice`,
    values: [textArray(asNotices(entries))],
  };
}

/** The process that sent the notice: all of its lines are from one process. */
export function tellerOf(notice: string): number {
  return Number(notice.split(' ', 3)[2]);
}

/** The notes in a notice; none when `me` sent it. */
export function notesOf(notice: string, me: number, storedNow: number): EndpointNotes[] {
  const left = (until: number) => Math.max(until - storedNow, 0);
  return notice.split('\n').flatMap((entry) => {
    const [endpointId = '', applicationId = '', ...numbers] = entry.split(' ');
    const [teller = 0, pausedUntil = 0, busyUntil = 0, window = 0, rate = 0, ...others] =
      numbers.map(Number);
    const [breakerPauseMs = 0, paced = 0] = others;
    if (teller === me) return [];
    const notes = {
      endpointId,
      applicationId,
      pauseMs: left(pausedUntil),
      busyMs: left(busyUntil),
      window: window || null,
      rate: rate || null,
      breakerPauseMs,
      paced: paced === 1,
    };
    return [notes];
  });
}
