import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { DEFAULT_ORGANIZATION, createTokens } from '../../src/operations/operations.ts';
import { newFolder } from '../support/app.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { type Receiver, startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const COMMAND = fileURLToPath(new URL('../../bin/posthaste', import.meta.url));
const JWT_SECRET = 'a secret of the copy test, 32 characters';
/** Enough for several batches, so that the copy can be killed between two. */
const OLD_MESSAGES = 40_000;

describeWithPostgres('posthaste copy', (createDatabase) => {
  const tokens = createTokens({ secret: JWT_SECRET, clock: systemClock });
  let folder = '';
  let receiver: Receiver;
  let server: ServerProcess;
  let copying: ChildProcess | undefined;
  let token = '';

  beforeEach(async () => {
    folder = newFolder();
    receiver = await startReceiver();
    token = await tokens.issue({ organizationId: DEFAULT_ORGANIZATION });
  });
  afterEach(async () => {
    copying?.kill('SIGKILL');
    await server.kill();
    await receiver.close();
    rmSync(folder, { recursive: true });
  });

  const serve = async (databaseUrl: string) =>
    startServer(
      {
        POSTHASTE_DATABASE_URL: databaseUrl,
        POSTHASTE_JWT_SECRET: JWT_SECRET,
        POSTHASTE_SECRETS_KEY: Buffer.alloc(32, 7).toString('base64'),
        POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
        POSTHASTE_RETRY_SCHEDULE: '4',
      },
      await freePort(),
    );

  async function call<T = { id: string }>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const answer = await fetch(`${server.url}/api/v1/app${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? {} : JSON.parse(text)) as T;
  }

  const arrived = (name: string) => receiver.received.filter(({ path }) => path === `/${name}`);

  it(
    'moves an installation, and PostgreSQL delivers the remaining messages',
    { timeout: 90_000 },
    async () => {
      const path = join(folder, 'posthaste.db');
      server = await serve(`sqlite:${path}`);
      const { id: app } = await call('POST', '', { name: 'Acme', uid: 'acme' });
      const endpoints = new Map<string, string>();
      const register = async (name: string, more: object = {}) => {
        const given = { url: `${receiver.url}${name}`, channels: [name], ...more };
        endpoints.set(name, (await call('POST', `/${app}/endpoint`, given)).id);
      };
      const publish = (name: string, n: number, key?: string) =>
        call(
          'POST',
          `/${app}/msg`,
          { eventType: 'a.b', payload: { n }, channels: [name] },
          key === undefined ? {} : { 'idempotency-key': key },
        );
      await register('fine');
      await register('retried');
      await register('exhausted', { policy: { retrySchedule: [] } });
      await register('ordered', { ordered: true });
      await register('disabled');
      await register('hanging');
      const pathOf = (name: string) => `/${app}/endpoint/${endpoints.get(name)}`;
      const { key } = await call<{ key: string }>('GET', `${pathOf('retried')}/secret`);
      const portalToken = await tokens.issue({
        organizationId: DEFAULT_ORGANIZATION,
        applicationId: app,
      });

      receiver.answer = (request, response) => {
        if (request.path === '/hanging') return;
        response.writeHead(request.path === '/fine' ? 200 : 500).end();
      };
      const first = await publish('fine', 1, 'the key');
      for (const name of ['retried', 'exhausted', 'ordered', 'disabled', 'hanging']) {
        await publish(name, 1);
      }
      for (const n of [2, 3, 4]) await publish('ordered', n);
      const attempts = (name: string) =>
        call<{ data: unknown[] }>('GET', `/${app}/attempt/endpoint/${endpoints.get(name)}`);
      for (const name of ['fine', 'retried', 'exhausted', 'ordered', 'disabled']) {
        await waitFor(async () => (await attempts(name)).data.length === 1);
      }
      await waitFor(() => arrived('hanging').length === 1);
      await call('PATCH', pathOf('disabled'), { disabled: true });
      const killedAt = Date.now();
      await server.kill();
      addOldMessages(path);

      const databaseUrl = await createDatabase();
      const argv = [COMMAND, 'copy', '--from', path, '--to', databaseUrl];
      copying = spawn(process.execPath, argv, { stdio: 'ignore' });
      await killInTheMiddle(copying, databaseUrl);
      const { code, stdout } = await ran([...argv, '--json']);
      expect(code).toBe(0);
      const result = JSON.parse(stdout) as { rowsOfRun: number; tables: Count[] };
      const rows = new Map(result.tables.map(({ table, rows: count }) => [table, count]));
      expect(rows.get('message')).toBe(OLD_MESSAGES + 9);
      // One in flight, one to retry, one to the disabled endpoint, and four to the ordered one.
      expect(rows.get('delivery')).toBe(7);
      expect(rows.get('settled_delivery')).toBe(1);
      // The second run continued where the first was killed.
      expect(result.rowsOfRun).toBeLessThan(OLD_MESSAGES);

      receiver.received.length = 0;
      receiver.answer = (_request, response) => void response.end();
      server = await serve(databaseUrl);
      await waitFor(() => arrived('ordered').length === 4, 'the ordered endpoint');
      await waitFor(() => arrived('retried').length + arrived('hanging').length === 2);
      expect(arrived('ordered').map(({ body }) => body)).toEqual(
        [1, 2, 3, 4].map((n) => JSON.stringify({ n })),
      );
      const [retried] = arrived('retried');
      expect(retried?.at).toBeGreaterThan(killedAt + 1_000);
      new Webhook(key).verify(retried?.body ?? '', retried?.headers as Record<string, string>);

      expect(await publish('fine', 1, 'the key')).toMatchObject({ id: first.id });
      await call('PATCH', pathOf('disabled'), { disabled: false });
      await waitFor(() => arrived('disabled').length === 1);
      token = portalToken;
      expect(await attempts('exhausted')).toMatchObject({ data: [{ status: 2 }] });
      expect([arrived('fine'), arrived('exhausted')]).toEqual([[], []]);
    },
  );
});

interface Count {
  readonly table: string;
  readonly rows: number;
}

function addOldMessages(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`insert into message (application_id, id, organization_id, event_type, created_at, payload)
    with recursive n (n) as (select 1 union all select n + 1 from n where n < ${OLD_MESSAGES})
    select 'app_old', 'msg_' || printf('%027d', n), 'org_old', 'a.b', 0, '{}' from n`);
  db.close();
}

async function killInTheMiddle(copying: ChildProcess, databaseUrl: string): Promise<void> {
  const ended = once(copying, 'exit');
  const client = new Client({ connectionString: databaseUrl });
  onTestFinished(() => client.end());
  await client.connect();
  const copied = async () => {
    const { rows } = await client.query<{ rows: number }>(
      `select (marks -> 'message' -> 'rows')::int as rows from posthaste.copy where finished_at is null`,
    );
    return rows[0]?.rows ?? 0;
  };
  await waitFor(() => copied().catch(() => 0), 'the copy to be in the middle');
  copying.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
  expect(await copied()).toBeGreaterThan(0);
}

async function ran(argv: readonly string[]): Promise<{ code: number; stdout: string }> {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout };
}
