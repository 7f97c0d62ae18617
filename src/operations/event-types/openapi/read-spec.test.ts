import { expect, it } from 'vitest';
import { systemClock } from '../../../domain/clock.ts';
import { createLongWork } from '../../long-work.ts';
import { readSpec } from './read-spec.ts';

it('lets other organizations pass between two long texts of one', async () => {
  const context = { longWork: createLongWork(systemClock) };
  const long = `a:\n${'  - {b: [x, y]}\n'.repeat(5_000)}`;
  const order: string[] = [];
  const read = async (organizationId: string, specRaw: string) => {
    await readSpec(context, organizationId, { specRaw }).catch(() => {});
    order.push(organizationId);
  };
  await Promise.all([read('org_1', long), read('org_1', long), read('org_2', 'a: 1')]);
  expect(order).toEqual(['org_1', 'org_2', 'org_1']);
});
