/**
 * What retention costs deliveries: how long a commit takes beside it, how long it takes, and what the
 * file gives back. `node bench/retention.ts [messages]`
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

const DAY_MS = 86_400_000;
const total = Number(process.argv[2] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'posthaste-retention-'));
const path = join(folder, 'posthaste.db');
const storage = createSqliteStorage({ path, clock: systemClock });
await storage.start();

const cpuBefore = process.cpuUsage();
await fill(storage, total, Date.now() - 100 * DAY_MS);
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

/** Messages of long ago, each delivered once to one of fifty endpoints. */
async function fill(to: Storage, count: number, at: number): Promise<void> {
  let now = at;
  const ids = createIds({ now: () => now });
  for (let made = 0; made < count; made += 500) {
    now += 1_000;
    await Promise.all(Array.from({ length: 500 }, (_, index) => deliver(to, ids, now, index % 50)));
  }
}

async function deliver(
  to: Storage,
  ids: ReturnType<typeof createIds>,
  at: number,
  endpoint: number,
): Promise<void> {
  const [messageId, endpointId] = [ids.next('msg'), `ep_${endpoint}`];
  const claim = { owner: to.owner, until: at + 60_000 };
  const of = { messageId, endpointId, applicationId: 'app_1' };
  const message = {
    id: messageId,
    organizationId: 'org_1',
    applicationId: 'app_1',
    eventType: 'call.new',
    uid: null,
    channels: null,
    payload: JSON.stringify({ type: 'call.new', from: '+15550100', text: 'x'.repeat(200) }),
    contentType: null,
    headers: null,
    tags: null,
    createdAt: at,
    deliverAt: null,
    expiresAt: null,
  };
  const claimed = { endpointIds: [endpointId], until: claim.until };
  await to.acceptMessages([{ message, claimed, deliveries: [], idempotencyKey: null }]);
  const attempt = {
    ...of,
    id: ids.next('atmpt'),
    number: 1,
    trigger: 'scheduled' as const,
    url: 'https://example.com/hook',
    startedAt: at,
    durationMs: 12,
    succeeded: true,
    failure: null,
    detail: '',
    statusCode: 200,
    response: 'ok',
    exchange: null,
  };
  const records = [{ attempt, claim, next: { state: 'delivered' as const } }];
  await to.record(() => ({ records, health: [], releases: [] }));
}

/** Of deliveries that come one by one for as long as `during` takes: accept and record. */
async function latencies(to: Storage, during: () => Promise<unknown>): Promise<string> {
  const ids = createIds(systemClock);
  const took: number[] = [];
  let goesOn = true;
  void during().then(() => (goesOn = false));
  while (goesOn) {
    const from = performance.now();
    await deliver(to, ids, Date.now(), took.length % 50);
    took.push(performance.now() - from);
    await sleep(10);
  }
  took.sort((a, b) => a - b);
  const at = (part: number) => `${(took[Math.floor(part * (took.length - 1))] ?? 0).toFixed(1)} ms`;
  return `median ${at(0.5)}, p99 ${at(0.99)}, worst ${at(1)} of ${took.length}`;
}
