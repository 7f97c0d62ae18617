import { Agent, request } from 'undici';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { createTokens } from '../../src/operations/operations.ts';
import { describeWithPostgresServer } from '../support/postgres.ts';
import { startReceiver } from '../support/receiver.ts';
import { type ServerProcess, freePort, startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the fleet test, 32 characters';
const RATE = 20;

/**
 * Three processes on one PostgreSQL, under load that goes on throughout: one is killed, one is stopped
 * for longer than its lease, one ends cleanly. The ledger is kept by the publishers and the receiver,
 * outside of the processes.
 */
describeWithPostgresServer('a fleet of three processes', { durable: false }, (postgres) => {
  it('loses nothing, keeps order and rates, and goes on', { timeout: 180_000 }, async () => {
    const env = {
      POSTHASTE_DATABASE_URL: await postgres().createDatabase(),
      POSTHASTE_JWT_SECRET: JWT_SECRET,
      POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
      POSTHASTE_LOG_LEVEL: 'error',
    };
    const start = async (port?: number) => startServer(env, port ?? (await freePort()));
    const [first, second, third] = await Promise.all([start(), start(), start()]);
    const balancer = await startBalancer([first, second, third]);
    const receiver = await startReceiver();
    const field = new Field(receiver.received);
    receiver.answer = ({ path }, response) => {
      field.began(path);
      setTimeout(() => {
        field.ended(path);
        response.end();
      }, 5);
    };

    const { id: app = '' } = await balancer.post('/app', { name: 'fleet' });
    const endpoint = async (name: string, more: object) => {
      await balancer.post('/event-type', { name: `fleet.${name}`, description: '' });
      return balancer.post(`/app/${app}/endpoint`, {
        url: `${receiver.url}${name}`,
        eventTypes: [`fleet.${name}`],
        ...more,
      });
    };
    await endpoint('ordered', { ordered: true });
    await endpoint('paced', { throttleRate: RATE });
    for (let index = 0; index < 8; index++) await endpoint(`plain${index}`, {});
    const { id: switched = '' } = await endpoint('switched', {});

    const ledger = new Ledger((name, number) =>
      balancer.post(
        `/app/${app}/msg`,
        { eventType: `fleet.${name}`, payload: { number } },
        `${name}-${number}`,
      ),
    );
    const names = [
      'ordered',
      'paced',
      'switched',
      ...Array.from({ length: 8 }, (_, n) => `plain${n}`),
    ];
    const publishers = names.map((name) => ledger.publish(name, name === 'paced' ? 70 : 25));
    const settled = async (since: number, within: number) => {
      const late = () =>
        names.filter((name) => !(field.arrivedUpTo(name) > ledger.acceptedBefore(name, since)));
      await waitFor(() => late().length === 0, 'all to arrive', within).catch((cause: unknown) => {
        const states = late().map(
          (name) => `${name} ${field.arrivedUpTo(name)}/${ledger.count(name)}`,
        );
        throw new Error(`late: ${states.join(', ')}`, { cause });
      });
    };
    await settled(Date.now(), 20_000);

    // Killed: its work goes on when its lease is over.
    balancer.remove(first);
    await first.kill();
    await settled(Date.now(), 15_000);
    const firstAgain = await start();
    balancer.add(firstAgain);
    await settled(Date.now() + 1_000, 15_000);

    // Stopped for longer than its lease: others go on, and it attempts nothing when it wakes.
    balancer.remove(second);
    second.signal('SIGSTOP');
    await settled(Date.now() + 9_000, 30_000);
    const repeatedBefore = field.repeated(names);
    second.signal('SIGCONT');
    await settled(Date.now() + 3_000, 15_000);
    expect(field.repeated(names) - repeatedBefore).toBeLessThanOrEqual(names.length);
    balancer.add(second);

    // A clean stop hands over at once, with requests coming in.
    const stoppedAt = Date.now();
    balancer.remove(third);
    third.signal('SIGTERM');
    expect(await third.ended).toBe(0);
    await settled(Date.now() + 2_000, 10_000);
    const plain = names.filter((name) => name.startsWith('plain'));
    const delays = ledger.delays(field, plain, stoppedAt - 1_000, Date.now());
    expect(Math.max(...delays)).toBeLessThan(2_000);

    // What one process disables, another no longer delivers. What is published meanwhile is not owed.
    const put = (disabled: boolean) =>
      balancer.put(`/app/${app}/endpoint/${switched}`, {
        url: `${receiver.url}switched`,
        eventTypes: ['fleet.switched'],
        disabled,
      });
    const arrivedSince = (at: number) => field.arrivals('switched').some((one) => one.at > at);
    await put(true);
    const disabledAt = Date.now();
    await waitFor(() => Date.now() > disabledAt + 2_500);
    expect(arrivedSince(disabledAt + 1_000)).toBe(false);
    await put(false);
    await waitFor(() => arrivedSince(disabledAt + 1_000));

    // What one process pauses, no other delivers, and it is kept for later.
    const path = `/app/${app}/endpoint/${switched}`;
    await balancer.post(`${path}/pause`, {});
    const pausedAt = Date.now();
    const from = ledger.count('switched');
    await waitFor(() => Date.now() > pausedAt + 2_500);
    expect(arrivedSince(pausedAt + 1_000)).toBe(false);
    const to = ledger.count('switched');
    expect(to).toBeGreaterThan(from);
    await balancer.post(`${path}/resume`, {});
    await waitFor(() => field.missing('switched', to).every((number) => number < from));
    names.splice(names.indexOf('switched'), 1);

    ledger.stop();
    await Promise.all(publishers);
    await settled(Infinity, 30_000);
    for (const name of names) expect(field.missing(name, ledger.count(name))).toEqual([]);
    expect(field.overlaps('ordered')).toBe(0);
    expect(field.outOfOrder('ordered')).toEqual([]);
    expect(field.mostWithin('paced', 1_000)).toBeLessThanOrEqual(RATE * 1.3);
    console.log(
      `fleet: ${names.reduce((sum, name) => sum + ledger.count(name), 0)} accepted, ${field.repeated(names)} repeated, slowest around the clean stop ${Math.max(...delays)} ms`,
    );

    for (const server of [firstAgain, second]) server.signal('SIGTERM');
    expect(await Promise.all([firstAgain.ended, second.ended])).toEqual([0, 0]);
    await balancer.close();
    await receiver.close();
  });
});

/** Sends each request to the next process that is not removed, and again when it gets no answer. */
async function startBalancer(servers: readonly ServerProcess[]) {
  const live = [...servers];
  const dispatcher = new Agent({ connections: 8 });
  const tokens = createTokens({ secret: JWT_SECRET, clock: systemClock });
  const token = await tokens.issue({ organizationId: 'org_fleet' });
  let turn = 0;
  const send = async (method: 'POST' | 'PUT', path: string, body: object, key?: string) => {
    for (let tries = 0; ; tries++) {
      const server = live[turn++ % live.length];
      try {
        const answer = await request(`${server?.url}/api/v1${path}`, {
          method,
          dispatcher,
          headers: {
            authorization: `Bearer ${token}`,
            'content-type': 'application/json',
            ...(key !== undefined && { 'idempotency-key': key }),
          },
          body: JSON.stringify(body),
          headersTimeout: 5_000,
        });
        const value = (await answer.body.json()) as Record<string, string>;
        if (answer.statusCode < 300) return value;
        throw new Error(`${path}: ${answer.statusCode} ${JSON.stringify(value)}`);
      } catch (error) {
        if (tries >= 5) throw error;
      }
    }
  };
  return {
    post: (path: string, body: object, key?: string) => send('POST', path, body, key),
    put: (path: string, body: object) => send('PUT', path, body),
    add: (server: ServerProcess) => void live.push(server),
    remove: (server: ServerProcess) => void live.splice(live.indexOf(server), 1),
    close: () => dispatcher.close(),
  };
}

/** What was accepted: the messages of each name, numbered in the order of their acceptance. */
class Ledger {
  readonly #accepted = new Map<string, number[]>();
  readonly #post: (name: string, number: number) => Promise<unknown>;
  #stopped = false;

  constructor(post: (name: string, number: number) => Promise<unknown>) {
    this.#post = post;
  }

  /** One after the other, with a pause between: their order is that of their numbers. */
  async publish(name: string, pauseMs: number): Promise<void> {
    const accepted: number[] = [];
    this.#accepted.set(name, accepted);
    while (!this.#stopped) {
      await this.#post(name, accepted.length);
      accepted.push(Date.now());
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  count(name: string): number {
    return this.#accepted.get(name)?.length ?? 0;
  }

  /** The number of the last message that was accepted before; NaN: the time is not over. */
  acceptedBefore(name: string, at: number): number {
    if (at !== Infinity && Date.now() < at) return NaN;
    return (this.#accepted.get(name) ?? []).filter((acceptedAt) => acceptedAt < at).length - 1;
  }

  delays(field: Field, names: readonly string[], from: number, to: number): number[] {
    return names.flatMap((name) =>
      (this.#accepted.get(name) ?? []).flatMap((acceptedAt, number) => {
        if (acceptedAt < from || acceptedAt > to) return [];
        const arrival = field.arrivals(name).find((arrival) => arrival.number === number);
        return arrival === undefined ? [] : arrival.at - acceptedAt;
      }),
    );
  }
}

/** What the receiver saw. */
class Field {
  readonly #received: readonly { path: string; body: string; at: number }[];
  readonly #inFlight = new Map<string, number>();
  readonly #overlaps = new Map<string, number>();

  constructor(received: readonly { path: string; body: string; at: number }[]) {
    this.#received = received;
  }

  began(path: string): void {
    const inFlight = this.#inFlight.get(path) ?? 0;
    if (inFlight > 0) this.#overlaps.set(path, (this.#overlaps.get(path) ?? 0) + 1);
    this.#inFlight.set(path, inFlight + 1);
  }

  ended(path: string): void {
    this.#inFlight.set(path, (this.#inFlight.get(path) ?? 0) - 1);
  }

  overlaps(name: string): number {
    return this.#overlaps.get(`/${name}`) ?? 0;
  }

  arrivals(name: string): { number: number; at: number }[] {
    return this.#received
      .filter(({ path }) => path === `/${name}`)
      .map(({ body, at }) => ({ number: (JSON.parse(body) as { number: number }).number, at }));
  }

  /** One more than the last number before which all have arrived. */
  arrivedUpTo(name: string): number {
    const numbers = new Set(this.arrivals(name).map(({ number }) => number));
    let upTo = 0;
    while (numbers.has(upTo)) upTo++;
    return upTo;
  }

  missing(name: string, count: number): number[] {
    const numbers = new Set(this.arrivals(name).map(({ number }) => number));
    return Array.from({ length: count }, (_, number) => number).filter((n) => !numbers.has(n));
  }

  repeated(names: readonly string[]): number {
    return names.reduce((sum, name) => {
      const arrivals = this.arrivals(name);
      return sum + arrivals.length - new Set(arrivals.map(({ number }) => number)).size;
    }, 0);
  }

  /** Numbers that are neither the next one nor the last one once more. */
  outOfOrder(name: string): number[] {
    let last = -1;
    return this.arrivals(name).flatMap(({ number }) => {
      if (number === last) return [];
      if (number !== last + 1) return [number];
      last = number;
      return [];
    });
  }

  mostWithin(name: string, ms: number): number {
    const times = this.arrivals(name).map(({ at }) => at);
    return Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length),
    );
  }
}
