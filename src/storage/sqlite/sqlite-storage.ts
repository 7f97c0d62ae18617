import { resolve } from 'node:path';
import type { Clock } from '../../domain/clock.ts';
import { PosthasteError } from '../../domain/errors.ts';
import { contentChars } from '../../domain/message.ts';
import { type SecretBox, createSecretBox } from '../secret-box.ts';
import { auditOfMessages, writeAudit } from '../repositories/audit.ts';
import { keepAnswer } from '../repositories/kept-answers.ts';
import { createRepositories } from '../repositories/repositories.ts';
import { createOwnChanges } from '../changes.ts';
import { type ProcessDescription, createFleetOfOne, SHARDS } from '../fleet.ts';
import type { KeptAnswer, NewAudit, Storage } from '../storage.ts';
import { ReaderClient } from './client/reader-client.ts';
import { affectedRows, compiled, createSqlRunner } from './client/sql-runner.ts';
import { startWorker } from './client/worker-handle.ts';
import { WriterClient } from './client/writer-client.ts';
import * as calls from './wire/calls.ts';
import type { Value, ValueReader } from './wire/values.ts';
import { workerUrl } from './worker-url.ts';

export interface SqliteStorageOptions {
  /** The file; it and its folder are created when missing. */
  readonly path: string;
  readonly clock: Clock;
  /** Encrypts the secrets of endpoints at rest; without it they are stored unencrypted. */
  readonly secretBox?: SecretBox;
  /** False: refuse a file of an older schema instead of migrating it. */
  readonly migrate?: boolean;
  readonly process?: ProcessDescription;
}

/** A storage in one SQLite file that only this process uses. README.md explains it. */
export function createSqliteStorage(options: SqliteStorageOptions): Storage {
  const path = resolve(options.path);
  const { clock, migrate = true, secretBox = createSecretBox(null) } = options;
  const { process = { name: '', roles: [], version: '' } } = options;
  const startedAt = clock.now();
  const changes = createOwnChanges();
  const createReader = (name: string) =>
    new ReaderClient({
      clock,
      startThread: (events) =>
        startWorker(
          { url: workerUrl('reader'), name, data: path, youngGenerationMb: READER_YOUNG_MB },
          events,
        ),
    });
  const lookUps = createReader('look-ups');
  const lists = createReader('lists');
  const writer = new WriterClient({
    path,
    migrate,
    clock,
    startThread: (setup, events) =>
      startWorker(
        {
          url: workerUrl('writer'),
          name: 'writer',
          data: setup,
          youngGenerationMb: WRITER_YOUNG_MB,
        },
        events,
      ),
    notifyReaders(notice) {
      lookUps.notify(notice);
      lists.notify(notice);
    },
  });
  let started = false;
  let starting: Promise<void> | null = null;
  let stopping: Promise<void> | null = null;

  async function start(): Promise<void> {
    refuseOldNode();
    await writer.start();
    lookUps.start();
    started = true;
  }

  async function stop(): Promise<void> {
    await starting?.catch(() => {});
    // The writer closes last: only a connection with write access can move the log into the file.
    await Promise.all([lookUps.stop(), lists.stop()]);
    await writer.stop();
  }

  function whenOpen<T>(run: () => Promise<T>): Promise<T> {
    if (stopping !== null) {
      return Promise.reject(new PosthasteError('stopping', 'the storage is closed'));
    }
    if (started) return run();
    return Promise.reject(new PosthasteError('stopping', 'the storage is not started'));
  }

  const call = <T>(
    encode: (out: Value[]) => void,
    decode: (reply: ValueReader) => T,
    chars?: number,
  ) => whenOpen(() => writer.call(encode, decode, chars));

  const backend = createSqlRunner({
    call,
    lookUp: (request) => whenOpen(() => lookUps.query(request)),
    list: (request) => whenOpen(() => lists.query(request)),
  });

  /** The queries that store a kept answer and an audit entry, for the transaction of their effect. */
  const along = (answer: KeptAnswer | undefined, audit: NewAudit | undefined) =>
    [...keepAnswer(backend.db, secretBox, answer), ...writeAudit(backend.db, audit)].map(compiled);

  function cancelled(
    applicationId: string,
    endpointId: string | null,
    messageIds: readonly string[],
  ): void {
    if (messageIds.length === 0) return;
    changes.tell({ kind: 'cancelled', applicationId, endpointId, messageIds });
  }

  return {
    start: () => (starting ??= start()),
    stop: () => (stopping ??= stop()),
    get owner() {
      return writer.owner;
    },
    fleet: createFleetOfOne(() => ({
      ...process,
      number: writer.owner,
      startedAt,
      leaseUntil: null,
      ownedShards: SHARDS,
    })),
    changes,

    acceptMessages: (messages) =>
      call(
        (out) => calls.encodeMessages(out, messages),
        (reply) => calls.decodeAcceptResults(reply, messages),
        messages.reduce((chars, { message }) => chars + contentChars(message), 0),
      ),
    claimDue: (request) =>
      call(
        (out) => calls.encodeClaim(out, request),
        (reply) => calls.decodeClaimResult(reply, writer.owner, request.until),
      ),
    record: (take) =>
      whenOpen(() =>
        writer.callLate((out) => calls.encodeRecordBatch(out, take()), calls.decodeRecorded),
      ),
    // There is no other process that could hand deliveries over.
    takeOver: async () => [],
    async scheduleDelivery(delivery, answer, audit) {
      const queries = along(answer, audit);
      affectedRows(
        await call(
          (out) => calls.encodeSchedule(out, delivery, queries),
          calls.decodeQueriesResult,
        ),
      );
    },
    async expunge(applicationId, messageIds, answer, audit) {
      const recorded = auditOfMessages(backend.db, audit, applicationId, messageIds);
      const queries = [...along(answer, undefined), ...recorded.map(compiled)];
      const { kept, found } = await call(
        (out) => calls.encodeExpunge(out, applicationId, messageIds, queries),
        calls.decodeExpunged,
      );
      affectedRows(kept);
      cancelled(applicationId, null, found);
      return found;
    },
    async cancelMessage(applicationId, messageId, answer, audit) {
      const queries = along(answer, audit);
      const { kept, changed } = await call(
        (out) => calls.encodeCancelMessage(out, applicationId, messageId, queries),
        calls.decodeChanged,
      );
      affectedRows(kept);
      cancelled(applicationId, null, [messageId]);
      return changed ?? 0;
    },
    async changeDeliveries(change, answer, audit) {
      const queries = along(answer, audit);
      const { kept, changed } = await call(
        (out) => calls.encodeChange(out, change, queries),
        calls.decodeChanged,
      );
      affectedRows(kept);
      const { applicationId, endpointId, messageIds } = change;
      if (changed && change.effect === 'cancel') cancelled(applicationId, endpointId, messageIds);
      return changed;
    },
    cancelOrphans: (limit) =>
      call(
        (out) => calls.encodeCancelOrphans(out, limit),
        (reply) => reply.number(),
      ),
    removeExpired: (request) =>
      call((out) => calls.encodeRemoveExpired(out, request), calls.decodeRemoved),

    ...createRepositories(backend, secretBox),
  };
}

/** As in the main thread of the command (`bin/posthaste`). */
const WRITER_YOUNG_MB = 16;
/**
 * Enough for a page of a list. In a program that uses the library, four clients that list long payloads then
 * cost 75 MB of memory instead of 100.
 */
const READER_YOUNG_MB = 4;

/** `node:sqlite` before Node.js 24.7 cannot bind `?1`, so retries could not be recorded, nor files opened again. */
function refuseOldNode(): void {
  const { node } = process.versions;
  const [major = 0, minor = 0] = node.split('.').map(Number);
  if (major > 24 || (major === 24 && minor >= 7)) return;
  throw new PosthasteError('configuration', `SQLite needs Node.js 24.7 or later; this is ${node}`);
}
