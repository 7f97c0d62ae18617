import { expect, it, vi } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { createOrphanJanitor } from './orphan-janitor.ts';

it('works in batches until one is not full, and then says so once', async () => {
  const left = [500, 500, 0, 0];
  const cancelOrphans = vi.fn(() => Promise.resolve(left.shift() ?? 0));
  const onDone = vi.fn();
  const storage = { cancelOrphans };
  const clock = new ManualClock();
  const janitor = createOrphanJanitor({ storage, clock, onDone, onError: () => {} });
  janitor.start();
  await vi.waitFor(() => expect(cancelOrphans).toHaveBeenCalledTimes(3));
  await vi.waitFor(() => expect(onDone).toHaveBeenCalledOnce());
  janitor.wake();
  await vi.waitFor(() => expect(cancelOrphans).toHaveBeenCalledTimes(4));
  await janitor.stop();
  expect(onDone).toHaveBeenCalledOnce();
});
