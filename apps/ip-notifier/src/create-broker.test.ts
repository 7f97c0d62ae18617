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
