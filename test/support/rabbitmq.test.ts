import { Connection } from 'rabbitmq-client';
import { expect, it } from 'vitest';
import { describeWithRabbitmqServer } from './rabbitmq.ts';

describeWithRabbitmqServer('a RabbitMQ for tests', (server) => {
  it('keeps its data over a kill and loses it in a wipe', async () => {
    const kept = {
      queue: 'kept',
      durable: true,
      arguments: { 'x-queue-type': 'quorum' as const },
    };
    const same = { queue: 'kept', passive: true };
    await declare(kept);
    await server().kill();
    await expect(declare(same)).rejects.toThrow('timed out');
    await server().restart();
    expect(await declare(same)).toMatchObject({ queue: 'kept' });
    await server().wipe();
    await server().restart();
    await expect(declare(same)).rejects.toThrow("no queue 'kept'");
  });

  async function declare(parameters: Parameters<Connection['queueDeclare']>[0]): Promise<unknown> {
    const connection = new Connection({ url: server().url, acquireTimeout: 1_000 });
    connection.on('error', () => {});
    try {
      return await connection.queueDeclare(parameters);
    } finally {
      connection.unsafeDestroy();
    }
  }
});
