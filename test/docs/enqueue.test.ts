import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { newFolder } from '../support/app.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENTS = ['pg', 'postgres.js', 'kysely', 'drizzle', 'prisma'];

/** Prisma generates its client with another program; this substitute has the methods that the example uses. */
const PRISMA = `
import pg from 'pg';
export class PrismaClient {
  constructor({ adapter }: { adapter: { connectionString: string } }) {
    this.url = adapter.connectionString;
  }
  url: string;
  async $connect() {}
  async $transaction(work: (tx: unknown) => Promise<void>) {
    const client = new pg.Client({ connectionString: this.url });
    await client.connect();
    await client.query('begin');
    await work({
      $executeRaw: (text: TemplateStringsArray) => client.query(text.join('')),
      $queryRawUnsafe: async (text: string, ...values: unknown[]) =>
        (await client.query(text, values)).rows,
    });
    await client.query('commit');
    await client.end();
  }
}`;
const PRISMA_ADAPTER = `
export class PrismaPg {
  constructor({ connectionString }) { this.connectionString = connectionString; }
}`;

describeWithPostgres('docs/enqueue.md', (createDatabase) => {
  it('each example, of a client or in SQL, sends a message', async () => {
    const receiver = await startReceiver();
    const folder = newFolder();
    onTestFinished(async () => {
      await receiver.close();
      rmSync(folder, { recursive: true, force: true });
    });
    install(folder);
    const databaseUrl = await createDatabase();
    const client = new Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('create table invoice (id text, total integer)');

    const [first = '', ...others] = blocks('ts');
    expect(others).toHaveLength(CLIENTS.length);
    const program = [first, ...others, 'await new Promise(() => setInterval(() => {}, 1000));'];
    writeFileSync(
      join(folder, 'shop.ts'),
      program.join('\n').replaceAll('http://127.0.0.1:3000/', receiver.url),
    );
    const child = spawn(process.execPath, ['--conditions=posthaste-source', 'shop.ts'], {
      cwd: folder,
      env: childEnvironment({ DATABASE_URL: databaseUrl }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    }
    const sent = () => receiver.received.map(({ body }) => (JSON.parse(body) as { id: string }).id);
    await waitFor(() => {
      if (child.exitCode !== null) throw new Error(output);
      return CLIENTS.every((client) => sent().includes(client));
    }, 'what each client sent').catch((cause: unknown) => {
      throw new Error(`${sent().join(', ')} arrived; ${output}`, { cause });
    });
    expect(sent().toSorted()).toEqual(CLIENTS.toSorted());
    const { rows } = await client.query<{ id: string }>('select id from invoice');
    expect(rows.map(({ id }) => id)).toEqual(CLIENTS);

    const [transaction = '', grants = '', again = ''] = blocks('sql');
    await client.query(transaction);
    await waitFor(() => sent().includes('inv_1'));
    await client.query(`create role billing; ${grants}; drop owned by billing; drop role billing`);
    await client.query(`select posthaste.send('late', 'a.b', '{"id": "late"}')`);
    const failed = 'select from posthaste.outbox_failed';
    await waitFor(async () => (await client.query(failed)).rowCount === 1);
    expect((await client.query(again)).rowCount).toBe(1);
    await client.end();
  });
});

function blocks(language: string): string[] {
  const text = readFileSync(join(ROOT, 'docs/enqueue.md'), 'utf8');
  const fences = text.matchAll(/^```(\w*)\n(.*?)^```$/gms);
  return [...fences].filter(([, found]) => found === language).map(([, , code]) => code ?? '');
}

function install(folder: string): void {
  const modules = join(folder, 'node_modules');
  mkdirSync(join(modules, '@prisma/adapter-pg'), { recursive: true });
  symlinkSync(ROOT, join(modules, 'posthaste'));
  for (const name of ['pg', 'postgres', 'kysely', 'drizzle-orm']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  }
  writeFileSync(
    join(modules, '@prisma/adapter-pg/package.json'),
    '{"type": "module", "main": "index.js"}',
  );
  writeFileSync(join(modules, '@prisma/adapter-pg/index.js'), PRISMA_ADAPTER);
  mkdirSync(join(folder, 'generated/prisma'), { recursive: true });
  writeFileSync(join(folder, 'generated/prisma/client.ts'), PRISMA);
}
