import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';

/** Creates each of the folders as soon as the other thread is there, too. */
const CREATES = `
  import { workerData } from 'node:worker_threads';
  const { createFolder } = await import(workerData.module);
  const arrivals = new Int32Array(workerData.arrivals);
  for (const [index, folder] of workerData.folders.entries()) {
    if (Atomics.add(arrivals, index, 1) === 0) Atomics.wait(arrivals, index, 1, 5_000);
    else Atomics.notify(arrivals, index);
    createFolder(folder);
  }
`;

/** The programs of the apps cannot import what the package does not export, and have a copy. */
const COPIES = ['./create-folder.ts', '../apps/kit/src/create-folder.ts'];

test.each(COPIES)('%s: two that create the same folders at once both succeed', async (module) => {
  const root = mkdtempSync(join(tmpdir(), 'create-folder-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const folders = Array.from({ length: 20 }, (_, nth) => join(root, String(nth), 'a/b/c/d/e/f'));
  const workerData = {
    module: new URL(module, import.meta.url).href,
    arrivals: new SharedArrayBuffer(4 * folders.length),
    folders,
  };
  const source = new URL(`data:text/javascript,${encodeURIComponent(CREATES)}`);
  const workers = [1, 2].map(() => new Worker(source, { workerData }));
  onTestFinished(async () => {
    for (const worker of workers) await worker.terminate();
  });
  const ended = await Promise.all(workers.map((worker) => once(worker, 'exit')));
  expect(ended).toEqual([[0], [0]]);
  for (const folder of folders) expect(statSync(folder).isDirectory()).toBe(true);
});
