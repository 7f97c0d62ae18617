/**
 * Measures the cost of retention: the time of commits beside it, its own time, and the space that the file gives back.
 * `node bench/retention.ts [messages]`
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../src/domain/clock.ts';
import { createIds } from '../src/domain/ids.ts';
import { createRetention } from '../src/retention/retention.ts';
import { createSqliteStorage } from '../src/storage/sqlite/sqlite-storage.ts';
import type { Storage } from '../src/storage/storage.ts';
import { deliver, fill } from './fill.ts';

const DAY_MS = 86_400_000;
const WHERE = {
  organizationId: 'org_1',
  applicationId: 'app_1',
  endpointIds: Array.from({ length: 50 }, (_, n) => `ep_${n}`),
};
const total = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'posthaste-retention-'));
const path = join(folder, 'posthaste.db');
const storage = createSqliteStorage({ path, clock: systemClock });
await storage.start();

const cpuBefore = process.cpuUsage();
await fill(storage, { ...WHERE, count: total, from: Date.now() - 100 * DAY_MS });
const { user, system } = process.cpuUsage(cpuBefore);
console.log(`filled: ${((user + system) / total).toFixed(1)} µs of CPU a delivery`);
const sizeBefore = statSync(path).size;

const alone = await latencies(storage, () => Promise.resolve(sleep(5_000)));
let isDone: () => void = () => {};
const done = new Promise<void>((resolve) => (isDone = resolve));
const beganAt = performance.now();
let removed = 0;
const retention = createRetention({
  storage: {
    organizationSettings: storage.organizationSettings,
    async removeExpired(request) {
      const answer = await storage.removeExpired(request);
      removed += answer?.count ?? 0;
      if (answer?.done === true) isDone();
      return answer;
    },
  },
  times: { payloadsMs: 90 * DAY_MS, attemptsMs: 90 * DAY_MS, messagesMs: 90 * DAY_MS },
  clock: systemClock,
  onError: console.error,
});
retention.start();
const beside = await latencies(storage, () => done);
await retention.stop();
const seconds = (performance.now() - beganAt) / 1000;
console.log(`removed ${removed} messages in ${seconds.toFixed(0)} s`);
console.log(`a delivery, alone:            ${alone}`);
console.log(`a delivery, beside retention: ${beside}`);
await storage.stop();
const mib = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
console.log(`file: ${mib(sizeBefore)} before, ${mib(statSync(path).size)} after`);
rmSync(folder, { recursive: true });

/** The latencies of deliveries (accept and record), one after the other for as long as `during` takes. */
async function latencies(to: Storage, during: () => Promise<unknown>): Promise<string> {
  const ids = createIds(systemClock);
  const took: number[] = [];
  let goesOn = true;
  void during().then(() => (goesOn = false));
  while (goesOn) {
    const from = performance.now();
    await deliver(to, ids, WHERE, Date.now(), took.length);
    took.push(performance.now() - from);
    await sleep(10);
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => `${(took[Math.floor(part * (took.length - 1))] ?? 0).toFixed(1)} ms`;
  return `median ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} of ${took.length}`;
}
