import { expect, it } from 'vitest';
import { publish, register, startApp } from '../support/app.ts';
import { describeWithRabbitmqServer } from '../support/rabbitmq.ts';
import { startReceiver } from '../support/receiver.ts';
import { waitFor } from '../support/wait-for.ts';

/** The database is the truth: whatever happens to the broker, what was accepted arrives. */
describeWithRabbitmqServer('delivering over RabbitMQ', (server) => {
  it(
    'goes on while the broker is killed, wiped and brought back under load',
    { timeout: 120_000 },
    async () => {
      const app = await startApp({ queueUrl: server().url, retrySchedule: '0.1,0.5,1' });
      const receiver = await startReceiver();
      const known = new Set<string>();
      receiver.answer = ({ headers }, response) => {
        const id = String(headers['webhook-id']);
        const refused = !known.has(id) && known.size % 20 === 0;
        known.add(id);
        response.writeHead(refused ? 500 : 200).end();
      };
      const { app: id } = await register(app, { url: receiver.url });
      const accepted = new Set<string>();
      let publishing = true;
      let paused = false;
      const publishers = Array.from({ length: 8 }, async () => {
        while (publishing) {
          if (!paused) accepted.add((await publish(app, id, { n: accepted.size })).id);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      });
      const arrived = () => new Set(receiver.received.map((r) => String(r.headers['webhook-id'])));
      const delivered = () =>
        new Set(app.events.filter((e) => e.kind === 'delivered').map((e) => e.messageId));
      const more = async (count: number, when: string) => {
        const target = arrived().size + count;
        await waitFor(() => arrived().size >= target, `${count} more to arrive ${when}`, 20_000);
      };

      await more(200, 'over the broker');
      await server().keeps('posthaste.handoffs');
      await server().kill();
      await more(200, 'without a broker');
      await server().restart();
      await more(200, 'with the broker back');
      await server().keeps('posthaste.handoffs');
      // What lies in the broker when it is wiped would come back when its claim ends, minutes later.
      paused = true;
      await waitFor(() => accepted.difference(delivered()).size === 0, 'an empty broker', 30_000);
      await server().wipe();
      paused = false;
      await more(200, 'after a wipe');
      await server().restart();
      await more(200, 'over an empty broker');
      publishing = false;
      await Promise.all(publishers);

      await waitFor(() => accepted.difference(arrived()).size === 0, 'all to arrive', 30_000);
      expect(arrived().difference(accepted).size).toBe(0);
      await waitFor(() => accepted.difference(delivered()).size === 0, 'all to be recorded');
      await app.close();
      await receiver.close();
    },
  );

  it('drops what an earlier process left in the broker: the storage brings it', async () => {
    const app = await startApp({ queueUrl: server().url, timeoutMs: 60_000 });
    const receiver = await startReceiver();
    receiver.answer = () => {};
    const { app: id } = await register(app, { url: receiver.url });
    for (let i = 0; i < 100; i++) await publish(app, id, i);
    await waitFor(() => receiver.received.length >= 4);
    receiver.answer = (_request, response) => void response.end();
    await app.stop(0);
    const before = receiver.received.length;
    const again = await app.restarted();
    await waitFor(
      () => new Set(again.events.map((e) => e.messageId)).size === 100,
      'all to be delivered',
    );
    // Each once after the restart: stale hand-offs were not attempted beside those of the storage.
    expect(receiver.received.length - before).toBe(100);
    await again.close();
    await receiver.close();
  });
});
