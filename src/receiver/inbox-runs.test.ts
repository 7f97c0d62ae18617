import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createInbox, type Inbox } from './inbox.ts';
import type { FileInboxOptions } from './inbox-options.ts';

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

describe('a handler that ends the process', () => {
  const KILLED = `
    const { createInbox } = await import(process.argv[1]);
    const handler = ({ id, runNumber }) => {
      console.log(id + runNumber);
      if (id === 'bad') process.kill(process.pid, 'SIGKILL');
    };
    const onGiveUp = ({ id, runCount, error }) => console.log('gave up', id, runCount, error);
    const options = { maxRuns: 2, backoff: { firstMs: 1 }, onGiveUp };
    const { DatabaseSync } = await import('node:sqlite');
    const inbox = process.argv[3] === 'path'
      ? createInbox({ path: process.argv[2], handler, ...options })
      : createInbox({ database: new DatabaseSync(process.argv[2]), handler, ...options });
    for (const id of ['bad', 'good']) await inbox.accept({ id, payload: '' });
    await inbox.start();
    const timer = setInterval(() => {
      if (inbox.pendingCount() === 0) inbox.stop().then(() => clearInterval(timer));
    }, 5);
  `;

  /** Runs a process until it ends, and returns the lines that it printed. */
  async function processOn(place: string): Promise<string[]> {
    const url = new URL('inbox.ts', import.meta.url).href;
    const file = join(folder, `${place}.db`);
    const child = spawn(process.execPath, ['--input-type=module', '-e', KILLED, url, file, place]);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    await once(child, 'close');
    return output.split('\n').filter((line) => line !== '');
  }

  test.each(['path', 'database'])(
    'counts as a run, lets other entries pass, and is given up (%s)',
    async (place) => {
      expect(await processOn(place)).toEqual(['bad1']);
      expect(await processOn(place)).toEqual(['good1', 'bad2']);
      expect(await processOn(place)).toEqual([
        expect.stringMatching(/^gave up bad 2 .*the process ended/),
      ]);
    },
  );
});

describe('when the clock of the machine is set', () => {
  test.each([-3_600_000, 30_000, 3_600_000])('by %d ms, waits keep their length', async (ms) => {
    const clock = new ManualClock(1_000_000_000);
    const runs: number[] = [];
    const inbox = openFile({
      clock,
      random: () => 0.5,
      handler: ({ runNumber }) => {
        runs.push(runNumber);
        if (runNumber === 1) throw new Error('the first run');
      },
    });
    await inbox.start();
    await inbox.accept({ id: 'a', payload: '' });
    await vi.waitFor(() => expect([runs, clock.pending]).toEqual([[1], 1]));
    clock.setBy(ms);
    expect(await inbox.accept({ id: 'b', payload: '' })).toBe('new');
    await vi.waitFor(() => expect(runs).toEqual([1, 1]));
    clock.advance(999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs).toEqual([1, 1]);
    clock.advance(1);
    await vi.waitFor(() => expect(inbox.pendingCount()).toBe(0));
    expect(runs).toEqual([1, 1, 2, 2]);
  });

  test('a wait that a wrong clock wrote is at most the longest wait', async () => {
    const clock = new ManualClock(1_000_000_000);
    const failing = {
      handler: () => {
        throw new Error('fails');
      },
    };
    const ahead = openFile({ clock, ...failing });
    await ahead.start();
    await ahead.accept({ id: 'a', payload: '' });
    await vi.waitFor(() => expect(clock.pending).toBe(1));
    await ahead.stop();

    const right = new ManualClock(1_000);
    const runs: number[] = [];
    const inbox = openFile({ clock: right, handler: ({ runNumber }) => void runs.push(runNumber) });
    await inbox.start();
    right.advance(720_000);
    await vi.waitFor(() => expect(runs).toEqual([2]));
  });
});
