import { STATE, decodeQueries } from '../../wire/calls.ts';
import { createQueryRunner } from './repository.ts';
import type { SessionState, Verb } from './verb.ts';

/** Deletes the payload of a message, and cancels what is still owed of it. */
export function expungeVerb({ db, rowless }: SessionState): Verb {
  const runQueries = createQueryRunner(db);
  const expunge = db.prepare(
    `update message set payload = '', content_type = null where application_id = ? and id = ?`,
  );
  const cancel = db.prepare(`
    update delivery set state = ${STATE.cancelled}, claim_owner = 0, due_at = null
    where message_id = ? and state = 0`);

  return (call, out) => {
    const applicationId = call.text();
    const messageId = call.text();
    const queries = decodeQueries(call);
    const { changes } = expunge.run(applicationId, messageId);
    out.push(Number(changes));
    if (changes === 1) {
      runQueries(queries, out);
      rowless.materializeMessage(messageId);
      cancel.run(messageId);
    }
  };
}
