import { type Balancer, startBalancer } from './balancer.ts';
import { PublishLedger } from './publish-ledger.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { ReceiverField } from './receiver-field.ts';
import type { ServerProcess } from './server-process.ts';
import { waitFor } from './wait-for.ts';

export const FLEET_SECRET = 'a secret of the fleet test, 32 characters';

/** Requests per second that the endpoint `paced` takes; it is offered fewer. */
export const PACED_RATE = 20;

/**
 * By then others go on with what a killed process did, because its session ends with it. They wait for 8 s
 * from its last heartbeat for a process whose session stays.
 */
export const TAKEN_OVER_WITHIN_MS = 7_500;

/** The settings that all processes of a fleet share. */
export function fleetSettings(databaseUrl: string): Record<string, string> {
  return {
    POSTHASTE_DATABASE_URL: databaseUrl,
    POSTHASTE_JWT_SECRET: FLEET_SECRET,
    POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
    POSTHASTE_LOG_LEVEL: 'error',
  };
}

/**
 * Load that goes on throughout, over a balancer: one publisher for each endpoint, of which one is
 * ordered, one has a rate, and eight are plain. Publishers and receiver keep the ledger.
 */
export interface FleetLoad {
  readonly balancer: Balancer;
  readonly receiver: Receiver;
  readonly field: ReceiverField;
  readonly ledger: PublishLedger;
  readonly app: string;
  /** The endpoints that are published to. */
  readonly names: string[];
  readonly plain: readonly string[];
  /** Creates an endpoint that gets the events `fleet.NAME` at the receiver's path `/NAME`. */
  readonly endpoint: (name: string, more: object) => Promise<{ id: string }>;
  /** Begins to publish to an endpoint, with a pause after each message. */
  publishTo(name: string, pauseMs?: number): void;
  /** Waits until everything that was accepted before the instant has arrived. */
  readonly settled: (since: number, withinMs: number) => Promise<void>;
  /** Ends the publishers and waits until all has arrived. Rejects with the error of a publisher. */
  finish(withinMs?: number): Promise<void>;
  /** What is missing, out of order, at once to the ordered endpoint, or above the rate; empty: nothing. */
  breaches(): string[];
  /** The longest time from acceptance to arrival at the plain endpoints, of what was accepted since. */
  slowest(since: number): number;
  close(): Promise<void>;
}

export async function startFleetLoad(
  servers: readonly Pick<ServerProcess, 'url'>[],
): Promise<FleetLoad> {
  const balancer = await startBalancer(servers, FLEET_SECRET);
  const receiver = await startReceiver();
  const field = new ReceiverField(receiver.received);
  receiver.answer = ({ path }, response) => {
    field.began(path);
    setTimeout(() => {
      field.ended(path);
      response.end();
    }, 5);
  };
  const { id: app = '' } = await balancer.post('/app', { name: 'fleet' });
  const ledger = new PublishLedger((name, number) =>
    balancer.post(
      `/app/${app}/msg`,
      { eventType: `fleet.${name}`, payload: { number } },
      `${name}-${number}`,
    ),
  );
  const plain = Array.from({ length: 8 }, (_, index) => `plain${index}`);
  const names: string[] = [];
  const publishers: Promise<void>[] = [];

  async function endpoint(name: string, more: object): Promise<{ id: string }> {
    await balancer.post('/event-type', { name: `fleet.${name}`, description: '' });
    const { id = '' } = await balancer.post(`/app/${app}/endpoint`, {
      url: `${receiver.url}${name}`,
      eventTypes: [`fleet.${name}`],
      ...more,
    });
    // Until then a message that another process accepts is not owed to the endpoint.
    const createdAt = Date.now();
    await waitFor(() => Date.now() > createdAt + KNOWN_WITHIN_MS);
    return { id };
  }

  function publishTo(name: string, pauseMs = 25): void {
    names.push(name);
    const publisher = ledger.publish(name, pauseMs);
    // `finish` rejects with it.
    publisher.catch(() => {});
    publishers.push(publisher);
  }

  async function settled(since: number, withinMs: number): Promise<void> {
    const late = () =>
      names.filter((name) => !(field.arrivedUpTo(name) > ledger.acceptedBefore(name, since)));
    await waitFor(() => late().length === 0, 'all to arrive', withinMs).catch((cause: unknown) => {
      const states = late().map(
        (name) => `${name} ${field.arrivedUpTo(name)}/${ledger.count(name)}`,
      );
      throw new Error(`late: ${states.join(', ')}`, { cause });
    });
  }

  await Promise.all([
    endpoint('ordered', { ordered: true }),
    endpoint('paced', { throttleRate: PACED_RATE }),
    ...plain.map((name) => endpoint(name, {})),
  ]);
  publishTo('ordered');
  publishTo('paced', 70);
  for (const name of plain) publishTo(name);

  return {
    balancer,
    receiver,
    field,
    ledger,
    app,
    names,
    plain,
    endpoint,
    publishTo,
    settled,
    async finish(withinMs = 30_000) {
      ledger.stop();
      await Promise.all(publishers);
      await settled(Infinity, withinMs);
    },
    breaches() {
      const most = field.mostWithin('paced', 1_000);
      return [
        ...names.flatMap((name) =>
          field.missing(name, ledger.count(name)).map((number) => `${name} ${number} is missing`),
        ),
        ...field.outOfOrder('ordered').map((number) => `ordered ${number} is out of order`),
        ...(field.overlaps('ordered') === 0
          ? []
          : ['two requests of the ordered endpoint at once']),
        ...(most <= PACED_RATE * 1.3 ? [] : [`${most} requests in a second to the paced endpoint`]),
      ];
    },
    slowest: (since) => Math.max(...ledger.delays(field, plain, since, Date.now())),
    async close() {
      ledger.stop();
      await Promise.allSettled(publishers);
      await balancer.close();
      await receiver.close();
    },
  };
}

/** Every process knows of an edit by then. */
const KNOWN_WITHIN_MS = 1_000;
