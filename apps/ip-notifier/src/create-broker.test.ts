import { pino } from 'pino';
import { expect, it, vi } from 'vitest';
import { createBroker } from './create-broker.ts';
import type { Settings } from './settings.ts';

it('sends no heartbeat while the broker says goodbye', async () => {
  const settings = { namespace: 'test', roles: ['backend'], transporter: 'Fake' } as const;
  const broker = createBroker(settings as unknown as Settings, pino({ enabled: false }));
  const transit = broker.transit;
  if (!transit) throw new Error('the broker has no transporter');
  const prepublish = vi.spyOn(transit.tx, 'prepublish').mockRejectedValue(new Error('closing'));
  const beat = () => transit.sendHeartbeat({ cpu: 1 } as never);

  await beat();
  expect(prepublish).toHaveBeenCalledOnce();
  transit.disconnecting = true;
  await beat();
  expect(prepublish).toHaveBeenCalledOnce();
});

it('logs once that the transporter cannot be reached, with the reason', async () => {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(line) });
  const settings = { namespace: 'test', roles: ['backend'], transporter: 'Fake' } as const;
  const broker = createBroker(settings as unknown as Settings, log);
  const logs = ['transporter', 'transit'].map((module) => broker.getLogger(module));
  for (let count = 0; count < 3; count++) {
    logs[0]?.warn('AMQP failed to connect!');
    logs[1]?.warn('Connection is failed.', 'connect ECONNREFUSED 127.0.0.1:5672');
  }
  logs[1]?.warn('Incoming request is dropped.');
  void broker.broadcastLocal('$transporter.connected', {});
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual([
    'the transporter cannot be reached: connect ECONNREFUSED 127.0.0.1:5672; trying again',
    'Incoming request is dropped.',
    'the transporter is back',
  ]);
});
