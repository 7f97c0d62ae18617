import { Errors } from 'moleculer';
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

it('logs once that the transporter cannot be reached, with the reason', () => {
  const { broker, told } = brokerWithLog();
  const [transporter, transit] = ['transporter', 'transit'].map((name) => broker.getLogger(name));
  const lost = new Error('read ECONNRESET');
  transporter?.error('AMQP connection error.', lost);
  transporter?.warn('AMQP channel is closed.');
  transporter?.error('AMQP connection is closed.');
  transit?.warn('Connection is failed.', lost);
  for (let count = 0; count < 3; count++) {
    transit?.error(
      "Unable to send 'webhooks.trigger' request",
      new Errors.BrokerDisconnectedError('away'),
    );
    transporter?.warn('AMQP failed to connect!');
    transporter?.error('NATS error.', 'connect ECONNREFUSED 127.0.0.1:5672');
    transit?.warn('Connection is failed.', 'connect ECONNREFUSED 127.0.0.1:5672');
  }
  transit?.warn('Incoming request is dropped.');
  void broker.broadcastLocal('$transporter.connected', {});
  expect(told().map(({ msg }) => msg)).toEqual([
    'the transporter cannot be reached: read ECONNRESET; trying again',
    'the transporter cannot be reached: connect ECONNREFUSED 127.0.0.1:5672; trying again',
    'Incoming request is dropped.',
    'the transporter is back',
  ]);
});

it('tells the reasons of Moleculer, and nothing that whoever called tells', () => {
  const { broker, told } = brokerWithLog();
  broker.getLogger('transit').error('Unable to send a response', new Error('too large'));
  broker.getLogger('broker').error('Unable to start all services.', new Error('no such folder'));
  broker.getLogger('broker').warn("Service 'webhooks.trigger' is not available.");
  expect(told()).toMatchObject([
    { msg: 'Unable to send a response', err: { message: 'too large' } },
  ]);
});

function brokerWithLog() {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line) => void lines.push(line) });
  const settings = { namespace: 'test', roles: ['backend'], transporter: 'Fake' } as const;
  const broker = createBroker(settings as unknown as Settings, log);
  return { broker, told: () => lines.map((line) => JSON.parse(line) as { msg: string }) };
}
