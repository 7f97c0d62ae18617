import { LOOK_AGAIN_MS, type RetentionGroup, allGroups } from '../../../retention.ts';
import { RETENTION_REQUEST, STATE } from '../../wire/calls.ts';
import { giveBackPages } from '../free-pages.ts';
import { groupsOfMessages, messageRounds, retentionMarks } from '../retention-walks.ts';
import { erasePayload } from './expunge.ts';
import type { SessionState, Verb } from './verb.ts';

interface Candidate {
  readonly seq: number;
  readonly id: string;
  readonly applicationId: string;
  readonly createdAt: number;
  readonly expiresAt: number | null;
}

/**
 * Removes expired data in the order of publication: once for each group of organizations, and once for all
 * others. Data of which an attempt is owed is skipped: its payload is checked again after an hour, its message
 * in a later round, and its attempts are removed with the message.
 */
export function removeExpiredVerb(state: SessionState): Verb {
  const { db } = state;
  const columns = 'seq, id, application_id, created_at, expires_at';
  const behind = db.prepare(`select ${columns} from message where seq > ? order by seq limit ?`);
  const expired = db.prepare(`
    select ${columns} from message indexed by message_expiry
    where expires_at <= ? order by expires_at limit ?`);
  const newest = db.prepare('select max(seq) as seq from message');
  const lookAgain = db.prepare('update message set expires_at = ? where seq = ?');
  const groupsOf = groupsOfMessages(state);
  const marks = retentionMarks(state);
  const rounds = messageRounds();
  const remove = removeParts(state);
  const giveBack = giveBackPages(db);

  return (call, out) => {
    const request = RETENTION_REQUEST.decode(call);
    const { now, limit } = request;
    let left = limit;
    let count = 0;
    const ofPass: string[] = [];
    const all = allGroups(request);
    const groupOf = groupsOf(all);

    /** Visits the group's messages after the mark that were published before `before`; returns the new mark. */
    function visit(
      mark: number,
      before: number,
      group: RetentionGroup,
      one: (found: Candidate) => boolean,
    ): number {
      let reached = mark;
      for (const found of behind.all(mark, left).map(candidateOf)) {
        // Skip messages dated in the future by a wrong clock, so that they don't hold up the others.
        if (found.createdAt >= before && found.createdAt <= now) break;
        left--;
        reached = found.seq;
        if (found.createdAt < before && groupOf(found) === group && one(found)) count++;
      }
      return reached;
    }

    const removePayload = (found: Candidate): boolean => {
      if (!remove.isOwed(found.id)) return remove.payload(found);
      lookAgain.run(now + LOOK_AGAIN_MS, found.seq);
      return false;
    };

    function removeMessages(group: RetentionGroup): void {
      const { name, messagesBefore } = group;
      if (messagesBefore === null) return;
      const last = Number(newest.get()?.['seq'] ?? 0);
      const mark = visit(rounds.mark(name), messagesBefore, group, (found) => {
        if (remove.isOwed(found.id)) return false;
        ofPass.push(found.id);
        remove.attempts(found);
        if (found.seq < last) return remove.message(found);
        // The newest message stays, because the next message takes the number after its.
        return remove.payload(found);
      });
      rounds.reached(name, mark);
    }

    function removeTheirs(group: RetentionGroup): void {
      const { name, payloadsBefore, attemptsBefore, messagesBefore } = group;
      const ofMessages = messagesBefore ?? -Infinity;
      const found = marks.of(name);
      let { payloads, attempts } = found;
      if (payloadsBefore !== null && payloadsBefore > ofMessages) {
        payloads = visit(payloads, payloadsBefore, group, (one) =>
          one.expiresAt === null ? removePayload(one) : false,
        );
      }
      if (attemptsBefore !== null && attemptsBefore > ofMessages) {
        attempts = visit(attempts, attemptsBefore, group, (one) => {
          if (remove.isOwed(one.id)) return false;
          ofPass.push(one.id);
          return remove.attempts(one);
        });
      }
      if (payloads !== found.payloads || attempts !== found.attempts) {
        marks.set(name, { payloads, attempts });
      }
    }

    for (const group of all) removeMessages(group);
    for (const found of expired.all(now, left).map(candidateOf)) {
      left--;
      if (removePayload(found)) count++;
    }
    for (const group of all) removeTheirs(group);
    state.byEndpoint.forget(ofPass);
    const done = left > 0;
    if (done) {
      marks.keepOnly(all.map(({ name }) => name));
      rounds.end(all, now);
    }
    const gaveBack = giveBack();
    out.push(count, done && !gaveBack ? 1 : 0);
  };
}

/** Functions that remove parts of a message. Each returns whether there was anything to remove. */
function removeParts(state: SessionState) {
  const { db, rowless } = state;
  const owed = db.prepare(`
    select 1 from delivery as d left join endpoint as e on e.id = d.endpoint_id
    where d.message_id = ? and d.state = 0
      and (d.claim_owner > 0 or (e.disabled_at is null and e.deleted_at is null))
    limit 1`);
  const cancelRest = db.prepare(`
    update delivery set state = ${STATE.cancelled}, due_at = null where message_id = ? and state = 0`);
  const erase = erasePayload(state);
  const forgetAttempts = db.prepare(`
    delete from attempt_by_endpoint
    where (endpoint_id, id) in (select endpoint_id, id from attempt where message_id = ?)`);
  const deleteAttempts = db.prepare('delete from attempt where message_id = ?');
  const deleteEnded = db.prepare('delete from delivery where message_id = ? and state <> 0');
  const deleteWaiting = db.prepare('delete from delivery where message_id = ?');
  const forgetClaimed = db.prepare(`
    update message set claimed_endpoint_ids = null, claimed_until = null
    where seq = ? and claimed_endpoint_ids is not null`);
  const deleteMessage = db.prepare('delete from message where seq = ?');

  return {
    /** Deliveries that wait at disabled endpoints don't count: the endpoints may never be enabled again. */
    isOwed: (id: string) => rowless.holds(id) || owed.get(id) !== undefined,
    payload({ seq, id }: Candidate): boolean {
      cancelRest.run(id);
      return erase(seq);
    },
    attempts({ seq, id }: Candidate): boolean {
      forgetAttempts.run(id);
      const removed = Number(deleteAttempts.run(id).changes) + Number(deleteEnded.run(id).changes);
      forgetClaimed.run(seq);
      return removed > 0;
    },
    message({ seq, id }: Candidate): boolean {
      deleteWaiting.run(id);
      return Number(deleteMessage.run(seq).changes) > 0;
    },
  };
}

function candidateOf(row: Record<string, unknown>): Candidate {
  return {
    seq: Number(row['seq']),
    id: String(row['id']),
    applicationId: String(row['application_id']),
    createdAt: Number(row['created_at']),
    expiresAt: row['expires_at'] as number | null,
  };
}
