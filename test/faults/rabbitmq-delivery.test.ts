import { Connection } from 'rabbitmq-client';
import { describe, expect, it } from 'vitest';
import { apiCallsOf } from '../support/api-calls.ts';
import { describeWithPostgres } from '../support/postgres.ts';
import { describeWithRabbitmqServer } from '../support/rabbitmq.ts';
import { startReceiver } from '../support/receiver.ts';
import { freePort } from '../support/free-ports.ts';
import { startServer } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';

const JWT_SECRET = 'a secret of the hand-off test, 32 characters';
const ENDPOINTS = 8;

/**
 * Two processes that send each other hand-offs. The database is the truth: whatever happens to the broker, accepted
 * messages arrive, and soon.
 */
describe('handing over through RabbitMQ', () => {
  describeWithPostgres('between two processes', (createDatabase) => {
    describeWithRabbitmqServer('with a broker', (broker) => {
      it(
        'goes on while the broker is killed, wiped and brought back under load',
        { timeout: 240_000 },
        async () => {
          const env = {
            POSTHASTE_DATABASE_URL: await createDatabase(),
            POSTHASTE_QUEUE_URL: broker().url,
            POSTHASTE_JWT_SECRET: JWT_SECRET,
            POSTHASTE_ALLOW_NETWORKS: '127.0.0.0/8',
            POSTHASTE_LOG_LEVEL: 'error',
          };
          const start = async () => startServer(env, await freePort());
          const [first, second] = await Promise.all([start(), start()]);
          const { post } = await apiCallsOf(() => first, JWT_SECRET);
          const receiver = await startReceiver();
          const { id: app } = await post('/app', { name: 'hand-over' });
          for (let n = 0; n < ENDPOINTS; n++) {
            await post(`/app/${app}/endpoint`, { url: `${receiver.url}${n}` });
          }

          const acceptedAt = new Map<string, number>();
          let stopped = false;
          const publishing = (async () => {
            while (!stopped) {
              const { id } = await post(`/app/${app}/msg`, { eventType: 'a.b', payload: {} });
              acceptedAt.set(id, Date.now());
              await new Promise((resolve) => setTimeout(resolve, 40));
            }
          })();
          const arrivedOf = () => {
            const arrived = new Map<string, Set<string>>();
            for (const { path, headers } of receiver.received) {
              const id = String(headers['webhook-id']);
              const paths = arrived.get(id) ?? new Set();
              arrived.set(id, paths.add(path));
            }
            return arrived;
          };
          /** Waits until all messages that are accepted within the next second have arrived everywhere. */
          const allArrive = async (when: string, withinMs: number) => {
            const until = Date.now() + 1_000;
            const owed = () => [...acceptedAt].filter(([, at]) => at < until).map(([id]) => id);
            await waitFor(() => Date.now() > until);
            await waitFor(
              () => {
                const arrived = arrivedOf();
                return owed().every((id) => arrived.get(id)?.size === ENDPOINTS);
              },
              `all to arrive ${when}`,
              withinMs,
            );
          };

          await allArrive('at first', 30_000);
          const operator = new Connection(broker().url);
          const queues = await Promise.all(
            [1, 2].map(async (number) =>
              operator
                .queueDeclare({ queue: `posthaste.handoffs.${number}`, passive: true })
                .catch(() => null),
            ),
          );
          expect(queues).toMatchObject([{ consumerCount: 1 }, { consumerCount: 1 }]);
          await operator.close();
          await broker().keeps('posthaste.handoffs.2');

          await broker().kill();
          await allArrive('without a broker', 30_000);
          await broker().restart();
          await allArrive('with the broker back', 30_000);
          await broker().wipe();
          await allArrive('with a wiped broker', 30_000);
          await broker().restart();
          await allArrive('over an empty broker', 30_000);

          // A process that stops cleanly removes its queue, so no hand-off waits there.
          second.signal('SIGTERM');
          expect(await second.ended).toBe(0);
          await allArrive('with one process', 30_000);
          stopped = true;
          await publishing;
          await allArrive('in the end', 30_000);
          const attempts = receiver.received.length;
          expect(attempts).toBe(acceptedAt.size * ENDPOINTS);

          first.signal('SIGTERM');
          expect(await first.ended).toBe(0);
          await receiver.close();
        },
      );
    });
  });
});
