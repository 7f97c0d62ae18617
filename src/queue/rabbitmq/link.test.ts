import { expect, onTestFinished, test } from 'vitest';
import { startDroppingListener } from '../../../test/support/dropping-listener.ts';
import { waitFor } from '../../../test/support/wait-for.ts';
import { openLink } from './link.ts';

test('an unavailable broker is logged once, with the reason and without a stack', async () => {
  const broker = await startDroppingListener();
  const lines: object[] = [];
  const link = openLink({
    url: `amqp://${broker.host}`,
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

  await waitFor(() => broker.tries >= 3);
  expect(lines).toEqual([{ reason: expect.stringMatching(/./), link: 'test' }]);
});
