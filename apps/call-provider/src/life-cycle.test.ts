import { expect, test } from 'vitest';
import { waitFor } from '@posthaste/test-support/wait-for';
import type { CallEvent } from './call-event.ts';
import { createLifeCycles } from './life-cycle.ts';

test('a call is delegated once, even while its standby is still being told', async () => {
  const lifeCycles = createLifeCycles({
    telephoneNumber: () => '(11) 1111-1010',
    stepMs: 0,
    standbyMs: 60_000,
    log: { info: () => {} },
  });
  const told: CallEvent[] = [];
  const slow = Promise.withResolvers<void>();
  const ended = lifeCycles.run(async (event) => {
    told.push(event);
    if (event.type === 'call.standby') await slow.promise;
  }, new AbortController().signal);

  await waitFor(() => told.length === 2, 'standby');
  const delegation = { callId: String(told[0]?.['call_id']), destination: '900' };
  expect(lifeCycles.delegate(delegation)).toBe('delegated');
  expect(lifeCycles.delegate({ ...delegation, destination: '901' })).toBe('not-in-standby');
  slow.resolve();
  await ended;
  expect(told).toHaveLength(7);
  expect(lifeCycles.delegate(delegation)).toBe('unknown-call');
});

test('a call that is stopped tells nothing more, and who delegates it is told of no error', async () => {
  const lifeCycles = createLifeCycles({
    telephoneNumber: () => '(11) 1111-1010',
    stepMs: 60_000,
    standbyMs: 60_000,
    log: { info: () => {} },
  });
  const told: CallEvent[] = [];
  const stop = new AbortController();
  const ended = lifeCycles.run(async (event) => void told.push(event), stop.signal);
  stop.abort();
  await expect(ended).rejects.toThrow('aborted');
  expect(told).toHaveLength(1);
  const delegation = { callId: String(told[0]?.['call_id']), destination: '900' };
  expect(lifeCycles.delegate(delegation)).toBe('delegated');
});
