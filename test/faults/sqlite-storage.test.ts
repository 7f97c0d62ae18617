import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import { createSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { StorageWorld } from '../support/storage-world.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;

let folder: string;
let path: string;
let world: StorageWorld;
let endpoint: Endpoint;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-faults-'));
  path = join(folder, 'posthaste.db');
});
afterEach(async () => {
  await world.storage.stop();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<void> {
  world = new StorageWorld(createSqliteStorage({ path, clock: systemClock }));
  await world.begin();
  endpoint = await world.createEndpoint();
}

async function reopen(): Promise<void> {
  await world.storage.stop();
  world.storage = createSqliteStorage({ path, clock: systemClock });
  await world.storage.start();
}

const unavailable = expect.objectContaining({ code: 'storage_unavailable' });

/** Publishes until it works again, and returns the accepted message. */
const recovery = () =>
  waitFor(() => world.accept([endpoint.id]).catch(() => null), 'accepting again');

describe('a full disk', () => {
  it('refuses publishing, writes no half commit, and recovers when there is space', async ({
    skip,
  }) => {
    const disk = mountSmallDisk(3 * MIB);
    if (disk === null) return skip('only root can mount a small disk');
    onTestFinished(() => disk.remove());
    path = join(disk.folder, 'posthaste.db');
    await open();
    const payload = JSON.stringify('x'.repeat(20_000));
    const accepted: string[] = [];
    const refused: string[] = [];
    while (refused.length < 30) {
      const batch = Array.from({ length: 10 }, () => world.newMessage([endpoint.id], { payload }));
      const results = await Promise.allSettled(
        batch.map((message) => world.storage.acceptMessages([message])),
      );
      for (const [place, result] of results.entries()) {
        const { id } = batch[place]?.message ?? { id: '' };
        if (result.status === 'fulfilled') accepted.push(id);
        else {
          refused.push(id);
          expect(result.reason).toEqual(unavailable);
          expect(String(result.reason)).toContain(path);
        }
      }
    }
    expect(accepted.length).toBeGreaterThan(20);
    // Reads still work.
    const { messages } = world.storage;
    expect(await messages.get(world.application.id, accepted[0] ?? '')).not.toBeNull();

    disk.resize(64 * MIB);
    accepted.push(await recovery());
    for (const id of refused) {
      expect(await messages.get(world.application.id, id)).toBeNull();
      expect(await messages.delivery(world.application.id, id, endpoint.id)).toBeNull();
    }
    const { handoffs } = await world.claim({ maxChars: 1e9 });
    expect(handoffs.map(({ messageId }) => messageId)).toEqual(accepted);

    await reopen();
    for (const id of accepted) {
      expect(await world.storage.messages.get(world.application.id, id)).not.toBeNull();
    }
    await world.storage.stop();

    disk.readOnly();
    const readOnly = createSqliteStorage({ path, clock: systemClock });
    await expect(readOnly.start()).rejects.toEqual(unavailable);
    await readOnly.stop();
  });
});

describe('a corrupt file', () => {
  it('refuses calls that touch the corrupt pages, and recovers when the file is restored', async () => {
    await open();
    const payload = JSON.stringify('x'.repeat(1000));
    const before = await world.acceptMany(300, [endpoint.id], { payload });
    await world.storage.stop();
    const healthy = readFileSync(path);
    await reopen();
    writeInPlace(Buffer.from(healthy).fill(0xa5, 8192));

    await expect(world.claim()).rejects.toEqual(unavailable);
    await expect(world.accept([endpoint.id])).rejects.toThrow(/malformed/);
    await expect(world.storage.attempts.get('msg_1', 'atmpt_1')).rejects.toEqual(unavailable);

    writeInPlace(healthy);
    const next = await recovery();
    const { handoffs } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId)).toEqual([...before, next]);
  });

  function writeInPlace(content: Buffer): void {
    writeFileSync(path, content, { flag: 'r+' });
  }
});

describe('a file that is moved away', () => {
  it('makes publishing fail until a file is there, which is used from then on', async () => {
    await open();
    const kept = await world.accept([endpoint.id]);
    await world.storage.stop();
    copyFileSync(path, `${path}.backup`);
    await reopen();
    const lost = await world.accept([endpoint.id]);
    const { messages } = world.storage;
    expect(await messages.get(world.application.id, lost)).not.toBeNull();

    renameSync(path, `${path}.away`);
    await expect(world.accept([endpoint.id])).rejects.toThrow(/does not exist/);
    await expect(messages.get(world.application.id, kept)).rejects.toEqual(unavailable);

    renameSync(`${path}.backup`, path);
    const next = await recovery();
    expect(await messages.get(world.application.id, kept)).not.toBeNull();
    expect(await messages.get(world.application.id, lost)).toBeNull();
    const { handoffs } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId)).toEqual([kept, next]);
  });

  it('is noticed when another file takes its place', async () => {
    await open();
    await world.storage.stop();
    copyFileSync(path, `${path}.backup`);
    await reopen();
    await world.accept([endpoint.id]);
    renameSync(`${path}.backup`, path);
    await expect(world.accept([endpoint.id])).rejects.toThrow(/was replaced/);
    const next = await recovery();
    expect((await world.claimOne()).messageId).toBe(next);
  });
});

describe('a log that is deleted', () => {
  it.each([
    { alone: 'alone', ends: ['-wal'] },
    { alone: 'with its index', ends: ['-wal', '-shm'] },
  ])('$alone is noticed, and no commit is lost', async ({ ends }) => {
    await open();
    const before = await world.acceptMany(50, [endpoint.id]);
    const { messages } = world.storage;
    await messages.get(world.application.id, before[0] ?? '');
    for (const end of ends) rmSync(`${path}${end}`);
    await expect(world.accept([endpoint.id])).rejects.toThrow(/-wal was deleted/);
    const next = await recovery();

    // What a power cut would leave.
    const copy = join(folder, 'copy.db');
    for (const end of ['', '-wal']) copyFileSync(`${path}${end}`, `${copy}${end}`);
    const ids = idsIn(copy);
    expect(ids).toEqual([...before, next]);
    expect(await messages.get(world.application.id, next)).not.toBeNull();
    const { handoffs } = await world.claim();
    expect(handoffs.map(({ messageId }) => messageId)).toEqual([...before, next]);
  });

  function idsIn(file: string): unknown[] {
    const db = new DatabaseSync(file);
    try {
      return db
        .prepare('select id from message order by id')
        .all()
        .map(({ id }) => id);
    } finally {
      db.close();
    }
  }
});

describe('a second process', () => {
  it('is refused while the first lives, and accepted however the first ends', async () => {
    const program = `
      const { createSqliteStorage } = await import(${JSON.stringify(
        new URL('../../src/storage/sqlite/sqlite-storage.ts', import.meta.url).href,
      )});
      const { systemClock } = await import(${JSON.stringify(
        new URL('../../src/domain/clock.ts', import.meta.url).href,
      )});
      await createSqliteStorage({ path: ${JSON.stringify(path)}, clock: systemClock }).start();
      console.log('started');
    `;
    const first = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(first.stdout, 'data');
    world = new StorageWorld(createSqliteStorage({ path, clock: systemClock }));
    await expect(world.storage.start()).rejects.toMatchObject({
      code: 'storage_locked',
      message: expect.stringContaining(path),
    });
    first.kill('SIGKILL');
    await once(first, 'exit');
    await open();
    await expect(createSqliteStorage({ path, clock: systemClock }).start()).rejects.toMatchObject({
      code: 'storage_locked',
    });
  });
});

describe('a thread that dies', () => {
  it('is replaced, and the claims stay valid', async () => {
    const workers: Worker[] = [];
    const collect = (worker: Worker) => workers.push(worker);
    process.on('worker', collect);
    await open();
    process.off('worker', collect);
    await world.accept([endpoint.id]);
    const handoff = await world.claimOne();
    const { owner } = world.storage;
    const ended = Promise.all(workers.map((worker) => worker.terminate()));
    await expect(world.accept([endpoint.id])).rejects.toEqual(unavailable);
    await ended;

    const next = await recovery();
    expect(world.storage.owner).toBe(owner);
    expect((await world.claimOne()).messageId).toBe(next);
    await world.record(handoff, { state: 'exhausted' });
    const { messages } = world.storage;
    expect(
      await messages.delivery(handoff.applicationId, handoff.messageId, endpoint.id),
    ).toMatchObject({
      state: 'exhausted',
    });
  });
});
