import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import { newFolder } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = process.env['TEST_FAULTS'] === 'all' ? 20 : 10;
const PUBLISHERS = 24;
const JWT_SECRET = 'a secret of the ledger test, 32 characters';

/**
 * The promises under kill -9: every accepted message arrives, no other does, and a crash repeats no more than what was
 * in flight. Publishers and receiver keep the record, outside the killed process.
 */
test(
  `what was accepted arrives, through ${KILLS} kills of the server under load`,
  { timeout: 240_000 },
  async () => {
    const folder = newFolder();
    const database = join(folder, 'posthaste.db');
    const receiver = await startReceiver();
    const port = await freePort();
    const env = {
      POSTHASTE_DATABASE_URL: `sqlite:${database}`,
      POSTHASTE_JWT_SECRET: JWT_SECRET,
      POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
      POSTHASTE_RETRY_SCHEDULE: '0.2,0.2,0.5,1,2,5,5,5,5,5',
      POSTHASTE_LOG_LEVEL: 'error',
    };
    const api = new Agent({ connections: PUBLISHERS });
    let server: ServerProcess = await startServer(env, port);
    const token = await createTokens({ secret: JWT_SECRET, clock: systemClock }).issue({
      organizationId: 'org_ledger',
    });
    const post = async (path: string, body: unknown) => {
      const { statusCode, body: answer } = await request(`${server.url}/api/v1${path}`, {
        method: 'POST',
        dispatcher: api,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return { statusCode, value: (await answer.json()) as Record<string, string> };
    };

    const { value: application } = await post('/app', { name: 'ledger' });
    const { value: endpoint } = await post(`/app/${application['id']}/endpoint`, {
      url: receiver.url,
    });
    const secret = await request(
      `${server.url}/api/v1/app/${application['id']}/endpoint/${endpoint['id']}/secret`,
      {
        headers: { authorization: `Bearer ${token}` },
      },
    );
    const webhook = new Webhook(((await secret.body.json()) as { key: string }).key);

    // The receiver refuses some requests, so that kills also meet retries.
    receiver.answer = ({ headers }, response) => {
      const refuses = receiver.received.length % 10 === 0;
      if (headers['webhook-id']) response.writeHead(refuses ? 500 : 200).end();
    };

    const accepted = new Set<string>();
    const answeredOtherwise = new Set<number>();
    let sent = 0;
    let publishing = true;
    let running = Promise.resolve();
    const publishers = Array.from({ length: PUBLISHERS }, async () => {
      while (publishing) {
        const number = sent++;
        // Every fiftieth message is invalid, and must never arrive.
        const eventType = number % 50 === 0 ? 'not an event type!' : 'ledger.entry';
        try {
          const answer = await post(`/app/${application['id']}/msg`, {
            eventType,
            payload: { number },
          });
          if (answer.statusCode === 202) accepted.add(String(answer.value['id']));
          else answeredOtherwise.add(number);
        } catch {
          // The server was killed before it answered: it may have accepted the message or not.
          await running;
        }
      }
    });

    let inFlightAtKills = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const enough = accepted.size + 20 + Math.random() * 300;
      await waitFor(() => accepted.size > enough, 'some more to be accepted', 30_000);
      const restart = Promise.withResolvers<void>();
      running = restart.promise;
      await server.kill();
      inFlightAtKills += claimedDeliveries(database, join(folder, `copy-${kill}`));
      server = await startServer(env, port);
      restart.resolve();
    }
    publishing = false;
    await Promise.all(publishers);

    const arrivedIds = () =>
      new Set(receiver.received.map(({ headers }) => String(headers['webhook-id'])));
    await waitFor(
      () => accepted.difference(arrivedIds()).size === 0,
      'all that was accepted to arrive',
      60_000,
    );
    await waitFor(() => pendingDeliveries(database) === 0, 'every delivery to be recorded', 60_000);
    server.signal('SIGTERM');
    expect(await server.ended).toBe(0);

    expect(accepted.size).toBeGreaterThan(KILLS * 20);
    expect(answeredOtherwise.size).toBeGreaterThan(0);
    for (const { headers, body } of receiver.received) {
      webhook.verify(body, headers as Record<string, string>);
      const { number } = JSON.parse(body) as { number: number };
      expect(number).toBeLessThan(sent);
      expect(answeredOtherwise.has(number)).toBe(false);
    }
    const successes = receiver.received.length - failedAttempts(database);
    const duplicates = successes - arrivedIds().size;
    console.log(
      `ledger: ${accepted.size} accepted, ${arrivedIds().size} arrived, ${duplicates} duplicates, ${inFlightAtKills} in flight at ${KILLS} kills`,
    );
    expect(duplicates).toBeLessThanOrEqual(inFlightAtKills);

    await api.close();
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  },
);

/**
 * Counts claims without a recorded attempt, of rowless deliveries and of delivery rows. Reads a copy of the database,
 * so that the next start finds the database as the kill left it.
 */
function claimedDeliveries(database: string, copy: string): number {
  for (const suffix of ['', '-wal']) cpSync(database + suffix, copy + suffix);
  const db = new DatabaseSync(copy);
  const row = db
    .prepare(
      `select (select count(*) from delivery where state = 0 and claim_owner > 0) +
        (${countFirstClaims}) as n`,
    )
    .get();
  db.close();
  for (const suffix of ['', '-wal', '-shm']) rmSync(copy + suffix, { force: true });
  return Number(row?.['n']);
}

const countFirstClaims = `
  select count(*) from message, json_each(claimed_endpoint_ids) as claimed
  where value not in (select endpoint_id from attempt where message_id = message.id)
    and value not in (select endpoint_id from delivery where message_id = message.id)`;

function pendingDeliveries(database: string): number {
  return count(
    database,
    `select (select count(*) from delivery where state = 0) + (${countFirstClaims}) as n`,
  );
}

function failedAttempts(database: string): number {
  return count(database, 'select count(*) as n from attempt where succeeded = 0');
}

function count(database: string, sql: string): number {
  const db = new DatabaseSync(database, { readOnly: true });
  const row = db.prepare(sql).get();
  db.close();
  return Number(row?.['n']);
}
