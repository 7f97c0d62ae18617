import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { describeWithPostgres } from '../../../../test/support/postgres.ts';
import { waitFor } from '../../../../test/support/wait-for.ts';
import { systemClock } from '../../../domain/clock.ts';
import type { OutboxDecision, OutboxRow } from '../../storage.ts';
import { type PostgresStorage, createPostgresStorage } from '../postgres-storage.ts';

describeWithPostgres('the outbox of PostgreSQL', (createDatabase) => {
  let client: Client;
  let storages: PostgresStorage[];
  const batch = { limit: 7, maxPayloadChars: 1_000 };

  beforeEach(async () => {
    const url = await createDatabase();
    storages = [1, 2, 3].map(() => createPostgresStorage({ url, clock: systemClock }));
    for (const storage of storages) await storage.start();
    client = new Client({ connectionString: url });
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    for (const storage of storages) await storage.stop();
  });

  async function send(count: number): Promise<void> {
    await client.query(
      `select posthaste.send('app_' || n % 3, 'a.b', to_json(n)) from generate_series(1, $1::int) as n`,
      [count],
    );
  }

  function acceptance(row: OutboxRow): OutboxDecision {
    const { messageId: id, organizationId, application, eventType, payload, sentAt } = row;
    const message = {
      id,
      organizationId,
      applicationId: application,
      eventType,
      uid: null,
      channels: null,
      tags: null,
      payload: payload ?? '',
      contentType: null,
      headers: null,
      createdAt: sentAt,
      deliverAt: null,
      expiresAt: null,
    };
    return { accept: { message, claimed: null, deliveries: [], idempotencyKey: null } };
  }

  const [one, two] = [() => storages[0]?.outbox, () => storages[1]?.outbox];

  it('relays each row once and in order, in whichever process', async () => {
    await send(200);
    const taken: OutboxRow[] = [];
    await Promise.all(
      storages.map(async ({ outbox }) => {
        const outcomes = await waitFor(async () => {
          const relayed = await outbox.relay(batch, async (rows) => {
            taken.push(...rows);
            return rows.map(acceptance);
          });
          return relayed?.length === 0 && [relayed];
        });
        expect(outcomes).toEqual([[]]);
      }),
    );
    expect(taken.map(({ payload }) => Number(payload))).toEqual(
      Array.from({ length: 200 }, (_, n) => n + 1),
    );
    const { rows } = await client.query<{ id: string }>('select id from posthaste.message');
    expect(rows.map(({ id }) => id).toSorted()).toEqual(taken.map(({ messageId }) => messageId));
  });

  it('leaves the work to the process that is relaying', async () => {
    await send(3);
    let decide = (_decisions: OutboxDecision[]) => {};
    let seen: readonly OutboxRow[] = [];
    const first = one()?.relay(batch, (rows) => {
      seen = rows;
      return new Promise((resolve) => (decide = resolve));
    });
    await waitFor(() => seen.length === 3);
    expect(await two()?.relay(batch, async () => [])).toBeNull();
    // With two decisions, the third row stays.
    decide(seen.slice(0, 2).map(acceptance));
    expect(await first).toHaveLength(2);
    expect(await two()?.relay(batch, async (rows) => rows.map(acceptance))).toHaveLength(1);
  });

  it('keeps the rows when a decision fails, and stores messages only together with the deletion of rows', async () => {
    await send(3);
    await expect(
      one()?.relay(batch, () => Promise.reject(new Error('no decision'))),
    ).rejects.toThrow('no decision');
    // The second message cannot be written, so the first is not written either.
    const broken = one()?.relay(batch, async (rows) =>
      rows.map((row, n) => acceptance({ ...row, eventType: n === 1 ? 'a\0' : 'a.b' })),
    );
    await expect(broken).rejects.toMatchObject({ code: 'storage_rejected' });
    const { rows } = await client.query('select id from posthaste.message');
    expect(rows).toEqual([]);
    expect(await one()?.relay(batch, async (rows) => rows.map(acceptance))).toHaveLength(3);
  });

  it('tells of new rows, also after its connection broke', async () => {
    let told = 0;
    const unsubscribe = one()?.subscribe(() => void told++);
    // It is told once when it begins to listen.
    await waitFor(() => told === 1);
    await send(1);
    await waitFor(() => told === 2);
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'posthaste outbox'`,
    );
    await waitFor(() => told === 3);
    await send(1);
    await waitFor(() => told === 4);
    unsubscribe?.();
  });

  it('sends no notice while the relay looks by itself, and one for each later commit', async () => {
    let told = 0;
    const unsubscribe = one()?.subscribe(() => void told++);
    await waitFor(() => told === 1);
    await send(1);
    await waitFor(() => told === 2);
    await one()?.relay(batch, async (rows) => rows.map(acceptance));
    await client.query('begin isolation level repeatable read');
    await send(1);
    // Until then the relay would find the row by itself.
    await waitFor(async () => {
      const { rowCount } = await client.query(`select from posthaste.outbox_awake_until
        where last_value < extract(epoch from clock_timestamp()) * 1000`);
      return rowCount === 1;
    });
    expect(told).toBe(2);
    await client.query('commit');
    await waitFor(() => told === 3);
    unsubscribe?.();
  });

  it('does not wait for a transaction that hangs in the middle', async () => {
    await send(1);
    let decide: ((decisions: OutboxDecision[]) => void) | null = null;
    const hanging = one()?.relay(batch, () => new Promise((resolve) => (decide = resolve)));
    const failed = hanging?.catch((error: unknown) => error);
    const hang = await waitFor(() => decide, 'the transaction to have the lock');
    const relayed = await waitFor(
      () => two()?.relay(batch, async (rows) => rows.map(acceptance)),
      'the lock to be free',
      20_000,
    );
    expect(relayed).toHaveLength(1);
    hang([]);
    expect(await failed).toMatchObject({ code: 'storage_unavailable' });
  });
});
