import { expect, test } from 'vitest';
import { changeEndpoints } from './change-endpoints.ts';
import type { Context } from './context.ts';

function watched() {
  const forgotten: string[] = [];
  const context = {
    endpointCache: { invalidate: (id: string) => forgotten.push(id) },
    intake: { endpointChanged: (id: string) => forgotten.push(id) },
  } as Partial<Record<keyof Context, unknown>> as Context;
  return { forgotten, context };
}

test('cache and lanes forget the changed endpoints, and the result is that of the change', async () => {
  const { forgotten, context } = watched();
  expect(await changeEndpoints(context, 'app_1', ['ep_1', 'ep_2'], async () => 7)).toBe(7);
  expect(forgotten).toEqual(['app_1', 'ep_1', 'ep_2']);
});

test('they also forget when the change fails, because it may have been committed', async () => {
  const { forgotten, context } = watched();
  const change = () => Promise.reject(new Error('the answer was lost'));
  await expect(changeEndpoints(context, 'app_1', ['ep_1'], change)).rejects.toThrow('lost');
  expect(forgotten).toEqual(['app_1', 'ep_1']);
});
