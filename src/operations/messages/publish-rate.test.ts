import { expect, it } from 'vitest';
import { ManualClock } from '../../../test/support/manual-clock.ts';
import type { Application } from '../../domain/application.ts';
import type { PosthasteError } from '../../domain/errors.ts';
import { createPublishRate } from './publish-rate.ts';

const application = (id: string, rateLimit: number | null): Application => ({
  id,
  organizationId: 'org_1',
  uid: null,
  name: id,
  rateLimit,
  payloadRetentionDays: null,
  metadata: {},
  policy: {},
  createdAt: 0,
  updatedAt: 0,
});

function setUp() {
  const clock = new ManualClock();
  const take = createPublishRate(clock);
  const passed = (target: Application, tries: number) => {
    let count = 0;
    for (let i = 0; i < tries; i++) {
      try {
        take(target);
        count++;
      } catch (error) {
        if ((error as PosthasteError).code !== 'rate_limited') throw error;
      }
    }
    return count;
  };
  return { clock, passed };
}

it.each([1, 3, 7, 1000, 65_535])('lets a burst of one second through: %i', (rate) => {
  expect(setUp().passed(application('a', rate), rate + 100)).toBe(rate);
});

it('then lets messages through evenly at the rate', () => {
  const { clock, passed } = setUp();
  const limited = application('a', 10);
  passed(limited, 10);
  for (let i = 0; i < 50; i++) {
    clock.advance(100);
    expect(passed(limited, 5)).toBe(1);
  }
});

it('saves up no more than the rate of one second', () => {
  const { clock, passed } = setUp();
  const limited = application('a', 10);
  passed(limited, 10);
  clock.advance(3_600_000);
  expect(passed(limited, 50)).toBe(10);
});

it('counts each application separately, and none without a limit', () => {
  const { passed } = setUp();
  expect(passed(application('a', 2), 5)).toBe(2);
  expect(passed(application('b', 2), 5)).toBe(2);
  expect(passed(application('c', null), 5000)).toBe(5000);
});

it('does not change when the wall clock is set', () => {
  const { clock, passed } = setUp();
  const limited = application('a', 10);
  passed(limited, 10);
  clock.setBy(3_600_000);
  expect(passed(limited, 5)).toBe(0);
  clock.setBy(-7_200_000);
  clock.advance(500);
  expect(passed(limited, 10)).toBe(5);
});
