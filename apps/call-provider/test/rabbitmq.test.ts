import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Connection } from 'rabbitmq-client';
import { expect, onTestFinished, test } from 'vitest';
import { describeWithRabbitmqServer } from '@posthaste/test-support/rabbitmq';
import { waitFor } from '@posthaste/test-support/wait-for';
import { startProcess } from './provider-process.ts';
import { register, someEvents, start, startCustomer, temporaryFolder } from './start.ts';
import type { Customer, ReceivedEvent, StartOptions } from './start.ts';

const ACCOUNTS = 10;
const EVENTS_OF_A_CALL = 7;
const NEVER = { 'interval-ms': 86_400_000 };

describeWithRabbitmqServer('over RabbitMQ', (server) => {
  test('events go through a durable queue, and leave it when they are safe', async () => {
    const { queue } = await registered({ 'interval-ms': 50 }, 3);
    const connection = await connect();
    // A queue of another kind would refuse this declaration.
    await waitFor(async () => {
      const found = await connection.queueDeclare({ queue, durable: true });
      return found.consumerCount === 1 && found.messageCount <= 1;
    }, 'an empty queue');
  });

  test('an event that is brought again is not published again', async () => {
    const { customer, queue } = await registered(NEVER);
    const sent = [await put(queue), await put(queue)];
    await someEvents(customer, 2);
    for (const eventId of sent) await put(queue, { eventId });
    await put(queue);
    await someEvents(customer, 3);
    await emptied(queue);
    expect(customer.received).toHaveLength(3);
  });

  test('what is no event of a known account is dropped, and what follows is delivered', async () => {
    const { customer, queue } = await registered(NEVER);
    await put(queue, { account: 'unknown' });
    for (const odd of ['text', { type: 'call.standby' }, { event: null }, [], null]) {
      await send(queue, odd);
    }
    await put(queue, { eventId: 'not an id' });
    await put(queue);
    await someEvents(customer, 1);
    await emptied(queue);
    expect(customer.received).toHaveLength(1);
  });

  test('while the broker is away registrations go on, and calls when it is back', async () => {
    await server().kill();
    const { customer, provider } = await registered({ 'interval-ms': 50 }, 0);
    expect((await register(provider, customer, { name: 'another' })).status).toBe(200);
    await server().restart();
    await someEvents(customer, 5);
    await provider.stop();
  });

  test('killed and back in the middle of calls: no event is lost, none is handled twice', async () => {
    const settings = { simulate: 'life-cycle', 'interval-ms': 400 } as const;
    const { customer, provider, queue } = await registered(
      { ...settings, options: { stepMs: 60, standbyMs: 60, retrySchedule: [1] } },
      0,
      ACCOUNTS,
    );
    await onDisk(queue);
    await someEvents(customer, ACCOUNTS * 3);
    await server().kill();
    const begun = callsOf(customer);
    expect([...begun.values()].some((events) => events.length < EVENTS_OF_A_CALL)).toBe(true);
    await server().restart();
    await waitFor(
      () => {
        const calls = callsOf(customer);
        const complete = [...calls.values()].filter(({ length }) => length >= EVENTS_OF_A_CALL);
        const all = [...begun.keys()].every(
          (id) => Number(calls.get(id)?.length) >= EVENTS_OF_A_CALL,
        );
        return all && complete.length > begun.size + ACCOUNTS;
      },
      'all calls that were underway, and later ones',
      60_000,
    );
    await provider.stop();
    for (const events of callsOf(customer).values()) {
      expect(new Set(events.map(({ type }) => type)).size).toBe(events.length);
    }
    expect(new Set(idsOf(customer)).size).toBe(customer.received.length);
  }, 120_000);

  test('a ledger of what the broker confirmed is held against what the customer got', async () => {
    const { customer, queue } = await registered(NEVER);
    await onDisk(queue);
    const ledger = Array.from({ length: 500 }, () => randomUUID());
    await send(queue, ...ledger.map((eventId) => standby(eventId)));
    await server().kill();
    await server().restart();
    await emptied(queue);
    await allArrived(customer, ledger.length);
    const got = customer.events().map((event) => String(event['ledger']));
    expect(got.sort()).toEqual(ledger.sort());
  }, 120_000);

  test('so it is when the provider is killed: each event arrives, under one webhook-id', async () => {
    const queue = `calls-${randomUUID()}`;
    const environment = {
      RABBITMQ_URI: server().url,
      RABBITMQ_CALLS_QUEUE: queue,
      INTERVAL_MS: String(NEVER['interval-ms']),
      SQLITE_FILE: join(temporaryFolder(), 'registry.db'),
    };
    const first = await startProcess(environment);
    const customer = await startCustomer();
    await register(first, customer, { name: 'account-0' });
    const ledger = Array.from({ length: 2_000 }, () => randomUUID());
    const sent = send(queue, ...ledger.map((eventId) => standby(eventId)));
    await someEvents(customer, 20);
    first.child.kill('SIGKILL');
    await Promise.all([sent, first.ended]);
    expect(customer.received.length).toBeLessThan(ledger.length);
    await startProcess(environment);
    await allArrived(customer, ledger.length);
    await emptied(queue);
    const ids = idsByEvent(customer);
    expect([...ids.keys()].sort()).toEqual(ledger.sort());
    for (const webhookIds of ids.values()) expect(webhookIds.size).toBe(1);
  }, 120_000);

  async function registered(settings: StartOptions, eventCount = 0, accounts = 1) {
    const queue = `calls-${randomUUID()}`;
    const provider = await start({
      'rabbitmq-uri': server().url,
      'rabbitmq-calls-queue': queue,
      ...settings,
    });
    const customer = await startCustomer();
    for (let i = 0; i < accounts; i++) await register(provider, customer, { name: `account-${i}` });
    await someEvents(customer, eventCount);
    return { provider, customer, queue };
  }

  async function put(queue: string, more: object = {}): Promise<string> {
    const eventId = randomUUID();
    await send(queue, { ...standby(eventId), ...more });
    return eventId;
  }

  /** Resolves when the broker has confirmed all of them. */
  async function send(queue: string, ...bodies: unknown[]): Promise<void> {
    const connection = await connect();
    const queues = [{ queue, durable: true }];
    const publisher = connection.createPublisher({ confirm: true, queues });
    const envelope = { routingKey: queue, durable: true };
    await Promise.all(bodies.map((body) => publisher.send(envelope, body)));
  }

  /**
   * RabbitMQ 3 keeps the news that there is a queue in memory for up to 2 s: killed before that, it
   * forgets the queue with all it has confirmed.
   */
  async function onDisk(queue: string): Promise<void> {
    const connection = await connect();
    await connection.queueDeclare({ queue, durable: true });
    await setTimeout(2_500);
  }

  async function emptied(queue: string): Promise<void> {
    const connection = await connect();
    await waitFor(async () => {
      const found = await connection.queueDeclare({ queue, passive: true });
      return found.messageCount === 0;
    }, 'the queue to be empty');
  }

  async function connect(): Promise<Connection> {
    const connection = new Connection({ url: server().url, retryLow: 100 });
    connection.on('error', () => {});
    // Closing would wait for a channel that a test has killed.
    onTestFinished(() => connection.unsafeDestroy());
    return connection;
  }
});

function standby(eventId: string) {
  const event = { type: 'call.standby', contactNumber: '(11) 1111-1010', ledger: eventId };
  return { eventId, account: 'account-0', event };
}

function callsOf(customer: Customer): Map<string, ReceivedEvent[]> {
  return Map.groupBy(customer.events(), ({ call_id: callId }) => callId);
}

/** Waits until each event is there, however long it takes, as long as some go on arriving. */
async function allArrived(customer: Customer, count: number): Promise<void> {
  for (let arrived = -1; arrived < count;) {
    const before = arrived;
    await waitFor(() => idsByEvent(customer).size > before, `more than ${before} events`, 20_000);
    arrived = idsByEvent(customer).size;
  }
}

function idsByEvent({ received }: Customer): Map<string, Set<string>> {
  const ids = new Map<string, Set<string>>();
  for (const { body, headers } of received) {
    const { ledger } = JSON.parse(body) as { ledger: string };
    ids.set(ledger, (ids.get(ledger) ?? new Set()).add(String(headers['webhook-id'])));
  }
  return ids;
}

function idsOf({ received }: Customer) {
  return received.map(({ headers }) => headers['webhook-id']);
}
