import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createInbox } from './inbox.ts';
import type { FailedEntry, InboxEntry } from './inbox-entry.ts';
import type { Inbox } from './inbox.ts';
import type { DatabaseInboxOptions, FileInboxOptions } from './inbox-options.ts';

let folder: string;
let opened: Inbox[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'inbox-'));
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((inbox) => inbox.stop()));
  rmSync(folder, { recursive: true });
});

function openFile(options: Omit<FileInboxOptions, 'path'>): Inbox {
  const inbox = createInbox({ path: join(folder, 'inbox.db'), ...options });
  opened.push(inbox);
  return inbox;
}

function openIn(options: DatabaseInboxOptions): Inbox {
  const inbox = createInbox(options);
  opened.push(inbox);
  return inbox;
}

describe('accepting', () => {
  test('distinguishes new from duplicate before, during and after processing', async () => {
    const seen: InboxEntry[] = [];
    const inbox = openFile({ handler: (entry) => void seen.push(entry) });
    const twice = [
      inbox.accept({
        id: 'a',
        type: 'x',
        payload: '<a/>',
        contentType: 'text/xml',
        receivedAt: 7,
      }),
      inbox.accept({ id: 'a', payload: '2' }),
    ];
    expect(await Promise.all(twice)).toEqual(['new', 'duplicate']);
    expect(inbox.pendingCount()).toBe(1);
    await inbox.start();
    await vi.waitFor(() => expect(inbox.pendingCount()).toBe(0));
    expect(await inbox.accept({ id: 'a', payload: '3' })).toBe('duplicate');
    expect(seen).toEqual([
      {
        id: 'a',
        type: 'x',
        payload: '<a/>',
        contentType: 'text/xml',
        receivedAt: 7,
        runNumber: 1,
      },
    ]);
  });

  test('remembers ids over a restart, and forgets them after the window', async () => {
    const clock = new ManualClock(1_000_000);
    const options = { handler: () => {}, clock, dedupeWindowMs: 3_600_000 };
    const first = openFile(options);
    await first.start();
    await first.accept({ id: 'a', payload: '' });
    await vi.waitFor(() => expect(first.pendingCount()).toBe(0));
    await first.stop();

    const second = openFile(options);
    clock.advance(3_599_000);
    expect(await second.accept({ id: 'a', payload: '' })).toBe('duplicate');
    clock.advance(61_000);
    expect(await second.accept({ id: 'a', payload: '' })).toBe('new');
  });

  test('an entry that waits longer than the window is not forgotten', async () => {
    const clock = new ManualClock(1_000_000);
    const inbox = openFile({ handler: () => {}, clock, dedupeWindowMs: 10 });
    await inbox.accept({ id: 'a', payload: '' });
    clock.advance(1_000_000);
    expect(await inbox.accept({ id: 'a', payload: '' })).toBe('duplicate');
    expect(inbox.pendingCount()).toBe(1);
  });

  test('is refused after a stop, and rejects when an entry cannot be stored', async () => {
    const database = new DatabaseSync(join(folder, 'own.db'));
    const inbox = openIn({ database, handler: () => {} });
    database.exec('pragma query_only = on');
    await expect(inbox.accept({ id: 'a', payload: '' })).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
    database.exec('pragma query_only = off');
    expect(await inbox.accept({ id: 'a', payload: '' })).toBe('new');
    await inbox.stop();
    await expect(inbox.accept({ id: 'b', payload: '' })).rejects.toMatchObject({
      code: 'stopping',
    });
    database.close();
  });

  test('an entry that cannot be stored is refused alone, and others of its turn are accepted', async () => {
    const inbox = openFile({ handler: () => {} });
    const wrong = [
      null,
      { id: 'a' },
      { id: 5, payload: '' },
      { id: '', payload: '' },
      { id: 'a', payload: {} },
      { id: 'a', payload: '\ud800' },
      { id: 'a', payload: '', receivedAt: 'now' },
      { id: 'a', payload: '\ufffd', body: Buffer.from([0xff]) },
    ] as unknown as { id: string; payload: string }[];
    const accepted = [inbox.accept({ id: 'b', payload: '' })];
    const refused = wrong.map((webhook) =>
      expect(inbox.accept(webhook)).rejects.toMatchObject({ code: 'validation' }),
    );
    accepted.push(inbox.accept({ id: 'c', payload: 'a\0b', contentType: null }));
    accepted.push(inbox.accept({ id: 'd', payload: '\ufeffü', body: Buffer.from('\ufeffü') }));
    await Promise.all(refused);
    expect(await Promise.all(accepted)).toEqual(['new', 'new', 'new']);
  });

  test('after a stop all other calls fail with the same error', async () => {
    const inbox = openFile({ handler: () => {} });
    await inbox.stop();
    await expect(inbox.start()).rejects.toMatchObject({ code: 'stopping' });
    const stopping = expect.objectContaining({ code: 'stopping' });
    expect(() => inbox.pendingCount()).toThrow(stopping);
    expect(() => inbox.failedEntries()).toThrow(stopping);
    expect(() => inbox.retry('a')).toThrow(stopping);
    expect(() => inbox.discard('a')).toThrow(stopping);
  });

  test.each([
    [{}, /path: must be a text/],
    [null, /options: must be an object/],
    [{ path: 5 }, /path: must be a text/],
    [{ path: 'x', handler: undefined }, /handler: must be a function/],
    [{ path: 'x', maxRun: 3 }, /maxRun: is not an option/],
    [{ path: 'x', dedupeWindowMs: Number.NaN }, /dedupeWindowMs/],
    [{ path: 'x', backoff: { firstMs: -1 } }, /backoff: firstMs must be a number/],
    [{ path: 'x', backoff: { first: 1 } }, /backoff: may have firstMs and maximumMs, not first/],
    [{ database: 'x.db' }, /database: must be a DatabaseSync/],
    [{ path: 'x', database: new DatabaseSync(':memory:') }, /path: is not an option/],
  ])('the options %j are refused', (options, message) => {
    const all = options && { handler: () => {}, ...options };
    expect(() => createInbox(all as unknown as FileInboxOptions)).toThrow(message);
  });

  test('a file that cannot be opened is storage_unavailable', () => {
    const path = join(folder, 'nothing', 'inbox.db');
    expect(() => createInbox({ path, handler: () => {} })).toThrow(
      expect.objectContaining({ code: 'storage_unavailable' }),
    );
  });

  test('a second process is refused', () => {
    openFile({ handler: () => {} });
    expect(() => openFile({ handler: () => {} })).toThrow(/another process/);
  });
});

describe('processing', () => {
  test('begins entries in order, within its concurrency', async () => {
    const begun: string[] = [];
    const ends = new Map<string, () => void>();
    const inbox = openFile({
      concurrency: 2,
      handler: (entry) => {
        begun.push(entry.id);
        return new Promise<void>((resolve) => ends.set(entry.id, resolve));
      },
    });
    await inbox.start();
    await Promise.all(['a', 'b', 'c', 'd'].map((id) => inbox.accept({ id, payload: '' })));
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
    ends.get('b')?.();
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c']));
    expect(inbox.pendingCount()).toBe(3);
    for (const id of ['a', 'c']) ends.get(id)?.();
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c', 'd']));
    ends.get('d')?.();
  });

  test('a failing handler runs again with growing waits, and does not hold up others', async () => {
    const clock = new ManualClock(1_000_000);
    const runs: string[] = [];
    const errors: unknown[] = [];
    const inbox = openFile({
      clock,
      random: () => 0.5,
      backoff: { firstMs: 1_000, maximumMs: 3_000 },
      onError: (error) => errors.push(error),
      handler: ({ id, runNumber }) => {
        runs.push(`${id}${runNumber}`);
        if (id === 'bad' && runNumber < 4) throw new Error(`run ${runNumber}`);
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'bad', payload: '' });
    await inbox.accept({ id: 'good', payload: '' });
    await vi.waitFor(() => expect(runs).toEqual(['bad1', 'good1']));
    for (const [i, wait] of [1_000, 2_000, 3_000].entries()) {
      await vi.waitFor(() => expect(errors).toHaveLength(i + 1));
      clock.advance(wait - 1);
      await new Promise((resolve) => setImmediate(resolve));
      expect(runs).toHaveLength(i + 2);
      clock.advance(1);
      await vi.waitFor(() => expect(runs).toHaveLength(i + 3));
    }
    await vi.waitFor(() => expect(inbox.pendingCount()).toBe(0));
  });

  test('a handler that hangs counts as failed after its time-out, and its signal is aborted', async () => {
    const clock = new ManualClock(1_000_000);
    let aborted = false;
    const errors: unknown[] = [];
    const inbox = openFile({
      clock,
      timeoutMs: 500,
      onError: (error) => errors.push(error),
      handler: (_entry, signal) => {
        signal.addEventListener('abort', () => (aborted = true));
        return new Promise(() => {});
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'a', payload: '' });
    await vi.waitFor(() => {
      clock.advance(500);
      expect(String(errors[0])).toContain('longer than 500 ms');
    });
    expect(aborted).toBe(true);
    await vi.waitFor(() => {
      clock.advance(1_200);
      expect(errors.length).toBeGreaterThan(1);
    });
    const stopped = inbox.stop();
    clock.advance(500);
    await stopped;
  });

  test('a handler that never ends does not keep its place', async () => {
    const clock = new ManualClock(1_000_000);
    const runs: string[] = [];
    const inbox = openFile({
      clock,
      handler: ({ id }) => {
        runs.push(id);
        return id === 'hangs' ? new Promise<void>(() => {}) : undefined;
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'hangs', payload: '' });
    await inbox.accept({ id: 'waits', payload: '' });
    await vi.waitFor(() => expect(runs).toEqual(['hangs']));
    clock.advance(29_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toEqual(['hangs']);
    clock.advance(1);
    await vi.waitFor(() => expect(runs).toEqual(['hangs', 'waits']));
    const stopped = inbox.stop();
    clock.advance(30_000);
    await stopped;
  });

  test('entries that a stopped process left are processed by the next process', async () => {
    const first = openFile({ handler: () => {} });
    await first.accept({ id: 'a', payload: 'p' });
    await first.stop();
    const seen: string[] = [];
    const second = openFile({ handler: (entry) => void seen.push(entry.payload) });
    await second.start();
    await second.start();
    await vi.waitFor(() => expect(seen).toEqual(['p']));
    await second.stop();
    await second.stop();
  });
});

describe('giving up', () => {
  /** The table of an inbox of an older version, with an entry that has failed for weeks. */
  function oldDatabase(): DatabaseSync {
    const database = new DatabaseSync(join(folder, 'own.db'));
    database.exec(`
      create table posthaste_inbox (
        sequence integer primary key autoincrement,
        id text not null unique,
        type text,
        payload text not null,
        received_at integer not null,
        failed_run_count integer not null default 0,
        due_at integer,
        done_at integer,
        check ((due_at is null) <> (done_at is null))
      ) strict;
      insert into posthaste_inbox (id, payload, received_at, failed_run_count, due_at)
        values ('old', 'p', 5, 20000, 10);
      insert into posthaste_inbox (id, payload, received_at, done_at) values ('done', '', 5, 999999);
    `);
    return database;
  }

  test('an entry that always fails is run maxRuns times, and then kept as failed', async () => {
    const clock = new ManualClock(1_000_000);
    const runs: number[] = [];
    const givenUp: FailedEntry[] = [];
    const inbox = openFile({
      clock,
      random: () => 0.5,
      maxRuns: 3,
      handler: ({ runNumber }) => {
        runs.push(runNumber);
        throw new Error(`run ${runNumber} failed${'!'.repeat(2_000)}`);
      },
      onGiveUp: (entry) => {
        givenUp.push(entry);
        throw new Error('a failing listener');
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'bad', type: 't', payload: 'p', contentType: 'text/plain' });
    await vi.waitFor(() => {
      clock.advance(1_000);
      expect(givenUp).toHaveLength(1);
    });
    expect(runs).toEqual([1, 2, 3]);
    expect(inbox.failedEntries()).toEqual(givenUp);
    expect(givenUp[0]).toMatchObject({
      id: 'bad',
      type: 't',
      payload: 'p',
      contentType: 'text/plain',
      receivedAt: 1_000_000,
      runCount: 3,
      error: expect.stringMatching(/^run 3 failed!{988}$/),
    });
    expect([inbox.pendingCount(), inbox.failedCount()]).toEqual([0, 1]);
    await vi.waitFor(() => expect(clock.pending).toBe(0));
    expect(await inbox.accept({ id: 'bad', payload: 'again' })).toBe('duplicate');
    await inbox.stop();

    const seen: string[] = [];
    const repaired = openFile({
      clock,
      handler: ({ payload, contentType, runNumber }) =>
        void seen.push(`${payload} ${contentType} ${runNumber}`),
    });
    await repaired.start();
    expect(repaired.failedCount()).toBe(1);
    expect(repaired.retry('unknown')).toBe(false);
    expect(repaired.retry('bad')).toBe(true);
    expect(repaired.retry('bad')).toBe(false);
    await vi.waitFor(() => expect(seen).toEqual(['p text/plain 1']));
    expect([repaired.pendingCount(), repaired.failedCount()]).toEqual([0, 0]);
    expect(await repaired.accept({ id: 'bad', payload: 'again' })).toBe('duplicate');
  });

  test('a discarded entry is removed, and its id counts as a duplicate for the window', async () => {
    const clock = new ManualClock(1_000_000);
    const inbox = openFile({
      clock,
      maxRuns: 1,
      dedupeWindowMs: 3_600_000,
      handler: () => {
        throw Object.create(null);
      },
    });
    await inbox.start();
    for (const id of ['a', 'b', 'c']) await inbox.accept({ id, payload: '' });
    await vi.waitFor(() => expect(inbox.failedCount()).toBe(3));
    expect(inbox.failedEntries({ limit: 2 }).map(({ id }) => id)).toEqual(['c', 'b']);
    expect(inbox.failedEntries()[0]?.error).toContain('cannot be printed');
    expect(inbox.discard('b')).toBe(true);
    expect(inbox.discard('b')).toBe(false);
    expect(inbox.failedEntries().map(({ id }) => id)).toEqual(['c', 'a']);
    expect(await inbox.accept({ id: 'b', payload: '' })).toBe('duplicate');
    clock.advance(3_700_000);
    await inbox.accept({ id: 'd', payload: '' });
    expect(await inbox.accept({ id: 'b', payload: '' })).toBe('new');
    expect(await inbox.accept({ id: 'a', payload: '' })).toBe('duplicate');
  });

  test('a database of an older inbox is migrated, and an entry that has failed for long is given up', async () => {
    const clock = new ManualClock(1_000_000);
    const database = oldDatabase();
    const seen: string[] = [];
    let broken = true;
    const inbox = openIn({
      database,
      clock,
      handler: ({ id }) => {
        if (broken) throw new Error('broken');
        seen.push(id);
      },
    });
    await inbox.start();
    await vi.waitFor(() => expect(inbox.failedCount()).toBe(1));
    expect(inbox.failedEntries()).toMatchObject([{ id: 'old', payload: 'p', runCount: 20_000 }]);
    expect(await inbox.accept({ id: 'done', payload: '' })).toBe('duplicate');
    broken = false;
    expect(inbox.retry('old')).toBe(true);
    await vi.waitFor(() => expect(seen).toEqual(['old']));
    await inbox.stop();
    database.close();
  });
});

test.each([
  ...[0, -1, 1.5, Number.NaN, Infinity].map((maxRuns) => ({ maxRuns })),
  ...[0, 1.5, Number.NaN, Infinity].map((concurrency) => ({ concurrency })),
  ...[0, -1, Number.NaN].map((timeoutMs) => ({ timeoutMs })),
])('the option %o is refused', (option) => {
  const [name] = Object.keys(option);
  expect(() => openFile({ handler: () => {}, ...option })).toThrow(new RegExp(`^${name}: `));
});

describe('in your database', () => {
  test('writes of the handler take effect exactly once', async () => {
    const clock = new ManualClock(1_000_000);
    const database = new DatabaseSync(':memory:');
    database.exec('create table ledger (id text, run integer)');
    const afterCommit: string[] = [];
    const inbox = openIn({
      database,
      clock,
      handler: ({ id, runNumber }) => {
        database.prepare('insert into ledger values (?, ?)').run(id, runNumber);
        if (runNumber < 3) throw new Error('after the write');
        return () => {
          expect(database.isTransaction).toBe(false);
          afterCommit.push(id);
        };
      },
    });
    await inbox.start();
    await Promise.all(['a', 'b'].map((id) => inbox.accept({ id, payload: '' })));
    await vi.waitFor(() => {
      clock.advance(1_200);
      expect(inbox.pendingCount()).toBe(0);
    });
    const ledger = database.prepare('select * from ledger order by id').all();
    expect(ledger.map((row) => ({ ...row }))).toEqual([
      { id: 'a', run: 3 },
      { id: 'b', run: 3 },
    ]);
    await vi.waitFor(() => expect(afterCommit.sort()).toEqual(['a', 'b']));
  });

  test.each<[string, () => unknown]>([
    ['an asynchronous handler', () => Promise.reject(new Error('unheard'))],
    // As query builders return: it runs when it is awaited.
    // oxlint-disable-next-line unicorn/no-thenable
    ['a handler that returns a query', () => ({ then: () => expect.unreachable() })],
  ])('%s is refused, because its writes would leave the transaction', async (_, handler) => {
    const errors: unknown[] = [];
    const inbox = openIn({
      database: new DatabaseSync(':memory:'),
      onError: (error) => errors.push(error),
      handler: handler as DatabaseInboxOptions['handler'],
    });
    await inbox.start();
    await inbox.accept({ id: 'a', payload: '' });
    await vi.waitFor(() => expect(String(errors[0])).toContain('must be synchronous'));
    expect(inbox.pendingCount()).toBe(1);
  });

  test('errors of asynchronous callbacks are reported, and end nothing', async () => {
    const errors: string[] = [];
    const fails = (name: string) => Promise.reject(new Error(name));
    const inbox = openIn({
      database: new DatabaseSync(':memory:'),
      maxRuns: 1,
      handler({ id }) {
        if (id === 'bad') throw new Error('handler');
        // oxlint-disable-next-line typescript/no-misused-promises
        return () => fails('after the commit');
      },
      onGiveUp: () => fails('onGiveUp'),
      onError(error) {
        errors.push((error as Error).message);
        return fails('onError');
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'bad', payload: '' });
    await inbox.accept({ id: 'good', payload: '' });
    await vi.waitFor(() =>
      expect(errors.toSorted()).toEqual(['after the commit', 'handler', 'onGiveUp']),
    );
    await vi.waitFor(() => expect(inbox.pendingCount()).toBe(0));
  });

  test('goes on after the database failed for a while', async () => {
    const clock = new ManualClock(1_000_000);
    const database = new DatabaseSync(join(folder, 'own.db'));
    const seen: string[] = [];
    const errors: unknown[] = [];
    const inbox = openIn({
      database,
      clock,
      onError: (error) => errors.push(error),
      handler: ({ id }) => void seen.push(id),
    });
    await inbox.accept({ id: 'a', payload: '' });
    database.exec('pragma query_only = on');
    await inbox.start();
    await vi.waitFor(() => expect(errors.length).toBeGreaterThan(0));
    database.exec('pragma query_only = off');
    await vi.waitFor(() => {
      clock.advance(1_200);
      expect(inbox.pendingCount()).toBe(0);
    });
    await inbox.stop();
    database.close();
  });
});
