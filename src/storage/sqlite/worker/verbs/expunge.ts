import { PAYLOAD_DELETED } from '../../payload-deleted.ts';
import { STATE, decodeQueries } from '../../wire/calls.ts';
import type { SessionState, Verb } from './verb.ts';

/** `expunge` deletes the payloads of messages and cancels their deliveries; `cancelMessage` only cancels. */
export function expungeVerbs(state: SessionState): { expunge: Verb; cancelMessage: Verb } {
  const { db, dueIndex, rowless, runQueries } = state;
  const find = db.prepare('select seq from message where application_id = ? and id = ?');
  const cancelAll = db.prepare(`
    update delivery set state = ${STATE.cancelled}, claim_owner = 0, due_at = null
    where message_id = ? and state = 0 returning endpoint_id`);
  const erase = erasePayload(state);

  function cancel(messageId: string): number {
    rowless.materializeMessage(messageId);
    const endpointIds = cancelAll.all(messageId).map((row) => String(row['endpoint_id']));
    for (const endpointId of endpointIds) dueIndex.refresh(endpointId);
    return endpointIds.length;
  }

  return {
    expunge(call, out) {
      const applicationId = call.text();
      const messageIds = call.take(call.number()) as string[];
      if (!runQueries(decodeQueries(call), out)) return;
      const found: string[] = [];
      for (const messageId of messageIds) {
        const row = find.get(applicationId, messageId);
        if (row === undefined) continue;
        cancel(messageId);
        erase(Number(row['seq']));
        found.push(messageId);
      }
      out.push(found.length, ...found);
    },

    cancelMessage(call, out) {
      const [applicationId, messageId] = [call.text(), call.text()];
      if (!runQueries(decodeQueries(call), out)) return;
      out.push(find.get(applicationId, messageId) === undefined ? 0 : cancel(messageId));
    },
  };
}

/** Deletes the payload and headers, also in the records of attempts. Returns false when they were gone already. */
export function erasePayload({ db }: Pick<SessionState, 'db'>): (seq: number) => boolean {
  const forget = db.prepare(`
    update attempt set exchange = null
    where message_id = (select id from message where seq = ? and headers is not null)`);
  const erase = db.prepare(`
    update message set payload = '', content_type = null, headers = null, expires_at = null
    where seq = ? and not ${PAYLOAD_DELETED}`);
  return (seq) => {
    forget.run(seq);
    return Number(erase.run(seq).changes) > 0;
  };
}
