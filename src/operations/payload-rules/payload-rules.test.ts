import { expect, it } from 'vitest';
import { systemClock } from '../../domain/clock.ts';
import type { EventType } from '../../domain/event-type.ts';
import { createLongWork } from '../long-work.ts';
import { createPayloadRules } from './payload-rules.ts';

/** A schema whose check takes longer than allowed. */
const HANGS = { type: 'string', pattern: '^(a+)+$' };
const PAYLOAD = JSON.stringify(`${'a'.repeat(40)}!`);
const TAKES_MS = 100;
const ownerOf = (organizationId: string) => ({ id: 'app_1', organizationId });

function rulesOf(schema: object) {
  const eventType = { name: 'a', schemas: { 1: schema } } as unknown as EventType;
  return createPayloadRules({
    storage: {
      organizationSettings: {
        get: () => Promise.resolve({ payloadValidation: 'reject' as const }),
      } as never,
      eventTypes: { get: () => Promise.resolve(eventType) } as never,
    },
    clock: systemClock,
    longWork: createLongWork(systemClock),
    onMismatch: () => {},
  });
}

it('yields the event loop between payloads that take long', async () => {
  const rules = rulesOf(HANGS);
  const given = { eventType: 'a', payload: PAYLOAD, contentType: null };
  // The first check compiles the schema.
  await rules.check(ownerOf('org_1'), { ...given, payload: '"a"' });
  let turns = 0;
  let isDone = false;
  const others = () => {
    if (isDone) return;
    turns++;
    setImmediate(others);
  };
  setImmediate(others);
  const results = await Promise.allSettled(
    Array.from({ length: 3 }, async () => rules.check(ownerOf('org_1'), given)),
  );
  isDone = true;
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  // The first check may begin before any turn of others.
  expect(turns).toBeGreaterThanOrEqual(2);
});

it('does not delay other organizations behind payloads that take long', async () => {
  const rules = rulesOf(HANGS);
  const quick = { eventType: 'a', payload: '"a"', contentType: null };
  await rules.check(ownerOf('org_1'), quick);
  await rules.check(ownerOf('org_2'), quick);
  const order: string[] = [];
  const check = async (organizationId: string, payload: string) => {
    const given = { ...quick, payload };
    await (async () => rules.check(ownerOf(organizationId), given))().catch(() => {});
    order.push(organizationId);
  };
  const startedMs = systemClock.monotonicMs();
  const hanging = [1, 2, 3].map(() => check('org_1', PAYLOAD));
  await check('org_2', '"a"');
  await Promise.all(hanging);
  // Without rests of the first organization, the other would come last.
  expect(order.at(-1)).toBe('org_1');
  expect(systemClock.monotonicMs() - startedMs).toBeGreaterThan(9 * TAKES_MS);
});
