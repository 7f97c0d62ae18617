import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { type TcpProxy, startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { ConnectionPool } from './connection-pool.ts';

describeWithPostgres('ConnectionPool', (createDatabase) => {
  let url: string;
  let proxy: TcpProxy;
  let opened: ConnectionPool[];

  beforeEach(async () => {
    url = await createDatabase();
    const { hostname, port } = new URL(url);
    proxy = await startTcpProxy({ host: hostname, port: Number(port) });
    opened = [];
  });
  afterEach(async () => {
    proxy.thaw();
    await Promise.all(opened.map((pool) => pool.close()));
    await proxy.close();
  });

  function open(settings: Record<string, string> = {}, deadlineMs = 10_000, at = url) {
    const pool = new ConnectionPool({
      url: at,
      size: 3,
      settings,
      deadlineMs,
      connectWithinMs: 10_000,
      onStatement: () => {},
    });
    opened.push(pool);
    return pool;
  }

  function proxied(): string {
    const through = new URL(url);
    through.port = String(proxy.port);
    return through.href;
  }

  const pidOf = async (pool: ConnectionPool) => {
    const { rows } = await pool.run<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
    return rows[0]?.pid;
  };

  it('sees in a transaction what others commit meanwhile, whatever the default of the database is', async () => {
    const [pool, other] = [open(), open()];
    await other.run({ text: 'create table public.seen ()' });
    const count = await pool.transaction(async (send) => {
      await send({ text: 'select from public.seen' });
      await other.run({ text: 'insert into public.seen default values' });
      return (await send({ text: 'select from public.seen' })).rowCount;
    });
    expect(count).toBe(1);
  });

  it('keeps no session with a server that takes no writes, such as a standby', async () => {
    const [pool, operator] = [open({ jit: 'off' }), open()];
    const name = new URL(url).pathname.slice(1);
    await operator.run({ text: `alter database ${name} set default_transaction_read_only = on` });
    await expect(pool.run({ text: 'select 1' })).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('takes no writes') as string,
    });
    await operator.run({ text: `alter database ${name} reset default_transaction_read_only` });
    await pool.run({ text: 'create table public.written ()' });
  });

  it('runs a statement on another connection when the server had ended the first one as idle', async () => {
    const [pool, operator] = [open({ idle_session_timeout: '100ms' }, 10_000, proxied()), open()];
    const pid = await pidOf(pool);
    // The farewell of the server does not arrive before the statement is sent.
    proxy.freeze();
    await ended(operator, pid);
    const answered = pidOf(pool);
    proxy.thaw();
    expect(await answered).not.toBe(pid);
  });

  it('gives up all of its connections when one is not answered', async () => {
    const pool = open({}, 1_000, proxied());
    await Promise.all([pidOf(pool), pidOf(pool), pidOf(pool)]);
    proxy.lose();
    await expect(pidOf(pool)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await pidOf(pool);
  });

  it('tells why the server ended a session within a transaction', async () => {
    const settings = { idle_in_transaction_session_timeout: '100ms' };
    const [pool, operator] = [open(settings, 10_000, proxied()), open()];
    const refused = pool.transaction(async (send) => {
      const { rows } = await send<{ pid: number }>({ text: 'select pg_backend_pid() as pid' });
      proxy.freeze();
      await ended(operator, rows[0]?.pid);
      const answered = send({ text: 'select 1' });
      proxy.thaw();
      await answered;
    });
    await expect(refused).rejects.toMatchObject({
      code: 'storage_unavailable',
      message: expect.stringContaining('idle-in-transaction') as string,
    });
  });
});

/** Waits until the session is no more. */
async function ended(operator: ConnectionPool, pid: number | undefined): Promise<void> {
  const text = 'select from pg_stat_activity where pid = $1';
  await waitFor(async () => (await operator.run({ text, values: [pid] })).rowCount === 0);
}
