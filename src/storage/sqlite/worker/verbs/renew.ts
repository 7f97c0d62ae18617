import { HELD_CLAIM } from '../../wire/calls.ts';
import type { SessionState, Verb } from './verb.ts';

/** Makes claims last longer, and answers which of them still held. */
export function renewVerb(state: SessionState): Verb {
  const { db, owner, rowless } = state;
  const renew = db.prepare(`
    update delivery set claim_owner = ?, due_at = ?
    where message_id = ? and endpoint_id = ? and state = 0 and claim_owner = ? and due_at = ?`);

  return (call, out) => {
    const until = call.number();
    const held: number[] = [];
    for (const [index, claim] of HELD_CLAIM.decodeList(call).entries()) {
      const { messageId, endpointId, claimOwner, claimUntil } = claim;
      rowless.materialize(messageId, endpointId);
      const { changes } = renew.run(owner, until, messageId, endpointId, claimOwner, claimUntil);
      if (changes === 1) held.push(index);
    }
    state.claimsEndAt = Math.min(state.claimsEndAt, until);
    out.push(held.length, ...held);
  };
}
