import { afterEach, expect, it } from 'vitest';
import { join } from 'node:path';
import { PosthasteError } from '../../src/domain/errors.ts';
import { publish, register, startApp, statusOf } from '../support/app.ts';
import { startReceiver } from '../support/receiver.ts';
import { mountSmallDisk } from '../support/small-disk.ts';
import { waitFor } from '../support/wait-for.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

it('a disk that fills up during deliveries causes refusals, but loses no accepted message', async ({
  skip,
}) => {
  const disk = mountSmallDisk(8 * 1024 * 1024);
  if (disk === null) return skip('this user may not mount a small disk');
  cleanups.push(() => disk.remove());
  const app = await startApp({ databaseUrl: `sqlite:${join(disk.folder, 'posthaste.db')}` });
  cleanups.push(() => app.stop());
  const receiver = await startReceiver();
  cleanups.push(() => receiver.close());
  const held: (() => void)[] = [];
  receiver.answer = (_request, response) => void held.push(() => response.end());
  const { app: id } = await register(app, { url: receiver.url });

  const accepted: string[] = [];
  const refusals: unknown[] = [];
  while (refusals.length === 0) {
    await publish(app, id, { filling: 'x'.repeat(50_000) }).then(
      (message) => accepted.push(message.id),
      (error: unknown) => refusals.push(error),
    );
  }
  expect(refusals[0]).toBeInstanceOf(PosthasteError);
  expect(refusals[0]).toMatchObject({ code: 'storage_unavailable', status: 503, retryable: true });

  // The results of these answers cannot be recorded yet.
  receiver.answer = (_request, response) => void response.end();
  for (const finish of held.splice(0)) finish();
  disk.resize(64 * 1024 * 1024);
  await waitFor(
    async () => (await publish(app, id, 'room again').catch(() => null)) !== null,
    'publishing to work again',
  );

  for (const message of accepted) {
    await waitFor(
      async () => (await statusOf(app, id, message))?.status === 'success',
      `${message} to be recorded`,
    );
  }
  const arrivals = receiver.received.map((r) => r.headers['webhook-id']);
  expect(new Set(arrivals).size).toBe(accepted.length + 1);
  expect(arrivals).toHaveLength(accepted.length + 1);
});
