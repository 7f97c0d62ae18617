import { expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { PosthasteError } from '../domain/errors.ts';
import type { EventType } from '../domain/event-type.ts';
import type { Storage } from '../storage/storage.ts';
import { createReadiness } from './readiness.ts';

function setUp(write: (eventType: EventType) => Promise<boolean>) {
  const clock = new ManualClock();
  const writes: EventType[] = [];
  const found = { updatedAt: 0 } as EventType;
  const eventTypes = {
    get: async () => writes.at(-1) ?? found,
    update: (eventType: EventType) => {
      writes.push(eventType);
      return write(eventType);
    },
  } as Partial<Storage['eventTypes']> as Storage['eventTypes'];
  return { clock, writes, readiness: createReadiness({ storage: { eventTypes }, clock }) };
}

it('writes a changed row at most once a second', async () => {
  const { clock, writes, readiness } = setUp(async () => true);
  await Promise.all([readiness.check(), readiness.check()]);
  clock.advance(999);
  await readiness.check();
  expect(writes).toHaveLength(1);
  clock.advance(1);
  await readiness.check();
  expect(writes).toHaveLength(2);
  expect(writes[0]?.updatedAt).not.toBe(writes[1]?.updatedAt);
});

it('rejects with the reason while the storage fails, and recovers', async () => {
  let full = true;
  const { clock, readiness } = setUp(async () => {
    if (full) throw new PosthasteError('storage_unavailable', 'disk full');
    return true;
  });
  await expect(readiness.check()).rejects.toThrow('disk full');
  full = false;
  clock.advance(1_000);
  await readiness.check();
});

it('rejects when the write takes too long', async () => {
  const { clock, readiness } = setUp(() => new Promise(() => {}));
  const checked = readiness.check();
  clock.advance(5_000);
  await expect(checked).rejects.toThrow('over 5 seconds');
});
