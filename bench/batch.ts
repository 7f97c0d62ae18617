/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
/**
 * What a message costs when it is published in a batch, against a publish of its own: CPU of the server
 * over HTTP, without deliveries, in turns. `node bench/batch.ts [messages]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'node:http';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { once } from 'node:events';
import { Posthaste } from '../src/index.ts';
import { createTokens } from '../src/operations/operations.ts';
import { systemClock } from '../src/domain/clock.ts';

const SECRET = 'a secret of at least thirty-two bytes';
const TURNS = 5;
const BATCH = 500;
const MESSAGE = JSON.stringify({
  eventType: 'call.new',
  payload: { type: 'call.new', from: '+15550100', to: '+15550199', at: 1_700_000_000 },
});

if (isMainThread) await measure(Number(process.argv[2] ?? 10_000));
else publishOnRequest();

/** The clients run in a thread of their own, whose CPU is left out. */
async function measure(count: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'posthaste-batch-'));
  const posthaste = new Posthaste({
    databaseUrl: `sqlite:${join(folder, 'posthaste.db')}`,
    jwtSecret: SECRET,
    port: 0,
  });
  const { address } = await posthaste.start();
  await posthaste.application.create({ name: 'Bench', uid: 'bench' });
  const token = await createTokens({ secret: SECRET, clock: systemClock }).issue({
    organizationId: 'org_23rb8YdGqMT0qIzpgGwdXfHirMu',
  });
  const client = new Worker(new URL(import.meta.url), { workerData: { address, token } });
  const run = async (kind: 'single' | 'batch'): Promise<number> => {
    const before = process.cpuUsage();
    client.postMessage({ kind, count });
    const [clientCpu] = (await once(client, 'message')) as [number];
    const { user, system } = process.cpuUsage(before);
    return (user + system - clientCpu) / count;
  };
  await run('single');
  await run('batch');
  const costs: { single: number[]; batch: number[] } = { single: [], batch: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const kind of ['single', 'batch'] as const) costs[kind].push(await run(kind));
  }
  const [single, batch] = [median(costs.single), median(costs.batch)];
  console.log(`single: ${single.toFixed(1)} µs of CPU a message`);
  console.log(`batch:  ${batch.toFixed(1)} µs, ${(batch / single).toFixed(2)} of it`);
  await client.terminate();
  await posthaste.stop();
  rmSync(folder, { recursive: true });
}

function publishOnRequest(): void {
  const { address, token } = workerData as { address: string; token: string };
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const post = (path: string, body: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      request(
        `${address}/api/v1/app/bench${path}`,
        { method: 'POST', agent, headers },
        (answer) => {
          answer.resume().on('end', () => {
            if ((answer.statusCode ?? 500) < 300) resolve();
            else reject(new Error(`answered ${answer.statusCode}`));
          });
        },
      )
        .on('error', reject)
        .end(body);
    });
  parentPort?.on('message', ({ kind, count }: { kind: string; count: number }) => {
    const before = process.threadCpuUsage();
    let left = kind === 'single' ? count : count / BATCH;
    const batch = `{"messages":[${Array.from({ length: BATCH }, () => MESSAGE).join(',')}]}`;
    const one = async (): Promise<void> => {
      while (left-- > 0)
        await (kind === 'single' ? post('/msg', MESSAGE) : post('/msg/batch', batch));
    };
    const clients = Array.from({ length: kind === 'single' ? 64 : 4 }, one);
    void Promise.all(clients).then(() => {
      const { user, system } = process.threadCpuUsage(before);
      parentPort?.postMessage(user + system);
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
