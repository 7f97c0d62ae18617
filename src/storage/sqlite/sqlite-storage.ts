import { resolve } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import type { SecretBox } from '../../domain/secret-box.ts';
import { createRepositories } from '../repositories/repositories.ts';
import type { Storage } from '../storage.ts';
import { createSqliteBackend } from './sqlite-backend.ts';
import * as protocol from './protocol.ts';
import { VERB } from './protocol.ts';
import type { Cursor, Value } from './protocol.ts';
import { ReadPath } from './read-path.ts';
import { WritePath } from './write-path.ts';

export interface SqliteStorageOptions {
  /** The file; it and its folder are created when missing. */
  readonly path: string;
  readonly clock: Clock;
  /** Encrypts signing secrets at rest; without it they are stored as they are. */
  readonly secretBox?: SecretBox;
  /** False: refuse a file of an older schema instead of migrating it. */
  readonly migrate?: boolean;
}

/** Everything in one SQLite file, of which this process is the only user. */
export function createSqliteStorage(options: SqliteStorageOptions): Storage {
  const path = resolve(options.path);
  const reads = new ReadPath(path);
  const writes = new WritePath(
    { path, migrate: options.migrate ?? true },
    options.clock,
    (notice) => reads.tell(notice),
  );
  let started = false;
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;

  async function start(): Promise<void> {
    await writes.start();
    reads.start();
    started = true;
  }

  async function stop(): Promise<void> {
    await starting?.catch(() => {});
    // The writer closes last: only whoever has write access can bring the log into the file.
    await reads.stop();
    await writes.stop();
  }

  function whenOpen<T>(run: () => Promise<T>): Promise<T> {
    if (stopping !== null) {
      return Promise.reject(new PosthasteError('stopping', 'the storage is closed'));
    }
    if (started) return run();
    return Promise.reject(new PosthasteError('internal', 'the storage is not started'));
  }

  const call = <T>(put: (out: Value[]) => void, take: (reply: Cursor) => T, bytes = 0) =>
    whenOpen(() => writes.call(put, take, bytes));
  const backend = createSqliteBackend(call, (sql, parameters) =>
    whenOpen(() => reads.query(sql, parameters)),
  );

  return {
    start: () => (starting ??= start()),
    stop: () => (stopping ??= stop()),
    get owner() {
      return writes.owner;
    },

    acceptMessages: (messages) =>
      call(
        (out) => protocol.putMessages(out, messages),
        (reply) => protocol.takeAcceptResults(reply, messages),
        messages.reduce((bytes, { message }) => bytes + message.payload.length, 0),
      ),
    claimDue: (request) =>
      call(
        (out) => protocol.putClaim(out, request),
        (reply) => protocol.takeClaimResult(reply, writes.owner, request.until),
      ),
    record: (take) =>
      whenOpen(() => writes.callLate((out) => protocol.putRecordBatch(out, take()), nothing)),
    renewClaims: (handoffs, until) =>
      call(
        (out) => protocol.putRenewals(out, handoffs, until),
        (reply) => protocol.takeRenewals(reply, handoffs, writes.owner, until),
      ),
    scheduleDelivery: (delivery) => call((out) => protocol.putSchedule(out, delivery), nothing),
    cancelOrphans: (limit) =>
      call(
        (out) => out.push(VERB.cancelOrphans, limit),
        (reply) => reply.number(),
      ),

    ...createRepositories(backend, options.secretBox),
  };
}

function nothing(): void {}
