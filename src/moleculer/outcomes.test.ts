import { expect, test, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import { createOutcomes } from './outcomes.ts';
import type { WebhooksClient } from './webhooks-client.ts';

const DELIVERED = { id: 'ep_1', url: 'https://a.example/', status: 0, disabled: false };
const ATTEMPT = { endpointId: 'ep_1', url: 'https://a.example/', attemptNumber: 2 };

test('a short outage of the storage does not end the wait', async () => {
  const { clock, reads, outcomes } = waitingOn(
    new PosthasteError('storage_unavailable', 'gone'),
    new PosthasteError('query_too_slow', 'slow'),
  );
  const known = outcomes.of('app', 'msg', 60_000);
  await vi.waitFor(() => {
    clock.advance(5_000);
    expect(reads).toHaveBeenCalledTimes(3);
  });
  expect(await known).toMatchObject([{ id: 'ep_1', state: 'delivered', attempts: 2 }]);
});

test('an error that is not retryable ends the wait', async () => {
  const { outcomes } = waitingOn(new PosthasteError('not_found', 'no such message'));
  await expect(outcomes.of('app', 'msg', 60_000)).rejects.toMatchObject({ code: 'not_found' });
});

function waitingOn(...errors: readonly PosthasteError[]) {
  const clock = new ManualClock();
  const list = (row: object) => ({ data: [row], iterator: null, done: true });
  const reads = vi.fn(async () => list(DELIVERED));
  for (const error of errors) reads.mockRejectedValueOnce(error);
  const client = {
    messageAttempt: { listAttemptedDestinations: reads, listByMsg: async () => list(ATTEMPT) },
  };
  return { clock, reads, outcomes: createOutcomes(client as unknown as WebhooksClient, clock) };
}
