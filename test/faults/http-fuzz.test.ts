import fc from 'fast-check';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSandbox } from '../../src/transformation/create-sandbox.ts';
import { transform } from '../../src/transformation/transform.ts';
import { systemClock } from '../../src/domain/clock.ts';
import { DEFAULT_ORGANIZATION } from '../../src/operations/operations.ts';
import { type ApiServer, startApiServer } from '../support/api-server.ts';
import { type FuzzRequest, fuzzRequest } from '../support/fuzz-request.ts';
import { exchange } from '../support/raw-exchange.ts';
import { waitFor } from '../support/wait-for.ts';

/**
 * Sends requests of every kind to every route; some clients cut their requests off. `FUZZ_SECONDS` sets the time, and
 * `FUZZ_SEED` repeats a run. Each defect that was found has its own test beside the repaired code.
 */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 5);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
const MAX_GROWTH_BYTES = 48 * 1024 * 1024;

/** The threads of the sandbox start with the first program. */
const sandbox = createSandbox({ clock: systemClock });
let programs = 0;
let server: ApiServer;
let tokens: { organization: string; portal: string };
/** Errors that nobody handled; in production they would end the process. */
const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);

beforeAll(async () => {
  server = await startApiServer({
    bodyLimitBytes: 64 * 1024,
    corsOrigins: ['*'],
    settings: {
      transform(webhook, onResult) {
        programs++;
        transform(sandbox, webhook, onResult);
      },
    },
  });
  process.on('unhandledRejection', note).on('uncaughtExceptionMonitor', note);
  await restore();
});
afterAll(async () => {
  process.off('unhandledRejection', note).off('uncaughtExceptionMonitor', note);
  await server.stop();
  sandbox.stop();
});

const OWNER = { organizationId: DEFAULT_ORGANIZATION };

/** Creates the objects and tokens that the requests name, because some requests delete them. */
async function restore(): Promise<void> {
  const { applications, endpoints, eventTypes, messages } = server.operations;
  await applications.update(OWNER, 'fuzz', { name: 'Fuzz' });
  await endpoints.update(OWNER, 'fuzz', 'endpoint', { url: 'https://example.com/' });
  await eventTypes.update(OWNER, 'fuzz.type', { description: '' });
  const message = { eventType: 'fuzz.type', eventId: 'message', payload: {} };
  await messages.create(OWNER, 'fuzz', message).catch(() => undefined);
  const { id } = await applications.get(OWNER, 'fuzz');
  tokens = {
    organization: await server.issue(OWNER),
    portal: await server.issue({ ...OWNER, applicationId: id }),
  };
}

test(
  `no request ends in a defect (FUZZ_SEED=${SEED})`,
  async () => {
    const routes = server.routes.filter(({ method }) => method !== 'HEAD');
    expect(routes.length).toBeGreaterThan(25);
    let count = 0;
    let batches = 0;
    const statuses = new Map<number, number>();
    const run = async (requests: readonly FuzzRequest[]): Promise<void> => {
      if (batches++ % 10 === 0) await restore();
      const answers = await Promise.all(
        requests.map((request) => exchange(server.url, request, tokens)),
      );
      count += requests.length;
      // Removed, so that shrinking sees only the defects of the smaller case.
      const defects = [...server.logged.splice(0), ...unhandled.splice(0)];
      expect(defects).toEqual([]);
      for (const { status, body, method } of answers.flat()) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        expect(status).toBeLessThan(500);
        if (status >= 400 && method !== 'HEAD') expectErrorBody(body);
      }
    };
    // A first run makes code, caches and buffers, which do not count as growth.
    await fc.assert(fc.asyncProperty(fc.array(fuzzRequest(routes)), run), {
      seed: SEED,
      numRuns: 100,
    });
    const before = heapBytes();
    await fc.assert(
      fc.asyncProperty(fc.array(fuzzRequest(routes), { minLength: 1, maxLength: 8 }), run),
      { seed: SEED + 1, numRuns: 1e9, interruptAfterTimeLimit: SECONDS * 1_000 },
    );
    console.log(
      `${count} requests, ${programs} programs; answers by status:`,
      Object.fromEntries(statuses),
    );
    expect(programs).toBeGreaterThan(5);
    await waitFor(() => server.accepted.every(({ destroyed }) => destroyed), 'closed sockets');
    server.accepted.length = 0;
    server.handedOver.length = 0;
    expect(heapBytes() - before).toBeLessThan(MAX_GROWTH_BYTES);
    expect((await fetch(`${server.url}/api/v1/health`)).status).toBe(204);
  },
  (SECONDS + 60) * 1_000,
);

function expectErrorBody(body: string): void {
  const { code, detail } = JSON.parse(body) as { code?: unknown; detail?: unknown };
  if (typeof detail === 'string') {
    expect(code).toMatch(/^[a-z_]+$/);
    return;
  }
  const text = expect.any(String);
  const fieldErrors = detail as unknown[];
  expect(fieldErrors.length).toBeGreaterThan(0);
  for (const fieldError of fieldErrors) {
    expect(fieldError).toEqual({ loc: expect.any(Array), msg: text, type: text });
  }
}

function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
