import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.ts';
import { openLink } from './link.ts';

test('a broker that is away is told of once, with the reason and without a stack', async () => {
  let tries = 0;
  const broker = createServer((socket) => {
    tries++;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const lines: object[] = [];
  const link = openLink({
    url: `amqp://127.0.0.1:${(broker.address() as AddressInfo).port}`,
    name: 'test',
    log: { info: () => {}, warn: (context: object) => void lines.push(context) },
    random: () => 0,
    open: async () => {},
    closed: () => {},
  });
  onTestFinished(async () => {
    await link.stop();
    broker.close();
  });

  await waitFor(() => tries >= 3);
  expect(lines).toEqual([{ reason: expect.stringMatching(/./), link: 'test' }]);
});
