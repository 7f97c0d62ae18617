import { describe, expect, it } from 'vitest';
import { makeHandoff } from '../../../test/support/handoffs.ts';
import { readHandoff } from './handoff-message.ts';

describe('readHandoff', () => {
  it('reads what was written', () => {
    const handoff = makeHandoff('m1', '{"half":"\ud83d"}');
    expect(readHandoff(JSON.parse(JSON.stringify(handoff)))).toEqual(handoff);
  });

  const handoff = makeHandoff('m1');
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['bytes', Buffer.from('{')],
    ['text', 'text'],
    ['a list', [handoff]],
    ['no claim', { ...handoff, claim: undefined }],
    ['a claim without an end', { ...handoff, claim: { owner: 1 } }],
    ['a payload that is no text', { ...handoff, payload: {} }],
    ['an id that is no text', { ...handoff, endpointId: 7 }],
    ['a trigger of another version', { ...handoff, trigger: 'other' }],
    ['a count that is no number', { ...handoff, attemptCount: '1' }],
    ['a count that is not whole', { ...handoff, scheduleStep: 0.5 }],
  ])('refuses %s', (_, value) => {
    expect(readHandoff(value)).toBeUndefined();
  });
});
