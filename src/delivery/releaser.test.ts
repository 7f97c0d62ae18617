import { expect, test } from 'vitest';
import { DispatcherWorld } from '../../test/support/delivery-parts.ts';

test('only waiting deliveries of a cancelled message leave the lane unattempted', () => {
  const world = new DispatcherWorld();
  for (const endpointId of ['ep_a', 'ep_b']) world.offer(endpointId, 20);
  expect(world.inFlight.length).toBeGreaterThan(0);
  const released = () => world.releases.map(({ handoff }) => handoff.messageId);
  const [inFlight, ofA, ofB] = ['msg_1', 'msg_6', 'msg_30'];
  const cancelled = (applicationId: string, endpointId: string | null) =>
    world.releaser.releaseCancelled({
      kind: 'cancelled',
      applicationId,
      endpointId,
      messageIds: [inFlight, ofA, ofB],
    });
  cancelled('app_2', null);
  expect(released()).toEqual([]);
  cancelled('app_1', 'ep_b');
  expect(released()).toEqual([ofB]);
  cancelled('app_1', null);
  expect(released()).toEqual([ofB, ofA]);
  while (world.inFlight.length > 0) world.inFlight[0]?.answer(200);
  expect(world.attempts).toHaveLength(40 - 2);
});

test('all waiting deliveries are released after a gap in the changes', () => {
  const world = new DispatcherWorld();
  for (const endpointId of ['ep_a', 'ep_b']) world.offer(endpointId, 20);
  const started = world.inFlight.length;
  world.releaser.releaseAll();
  expect(world.releases).toHaveLength(40 - started);
  while (world.inFlight.length > 0) world.inFlight[0]?.answer(200);
  expect(world.attempts).toHaveLength(started);
});
