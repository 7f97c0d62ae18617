import { describe, expect, it } from 'vitest';
import { makeHandoff } from '../../../test/support/handoffs.ts';
import { readHandoff } from './handoff-message.ts';

describe('readHandoff', () => {
  it('reads written hand-offs', () => {
    const handoff = makeHandoff('m1', '{"half":"\ud83d"}');
    expect(readHandoff(JSON.parse(JSON.stringify(handoff)))).toEqual(handoff);
  });

  it('keeps the media type of a raw text, and reads hand-offs of versions without one', () => {
    const handoff = { ...makeHandoff('m1', '<a/>'), contentType: 'text/xml' };
    expect(readHandoff(JSON.parse(JSON.stringify(handoff)))).toEqual(handoff);
    const { contentType: _, ...older } = makeHandoff('m1');
    expect(readHandoff(older)).toEqual(makeHandoff('m1'));
  });

  it('keeps the headers of the message, and reads hand-offs of versions without them', () => {
    const handoff = { ...makeHandoff('m1'), headers: '{"x-a":"b"}' };
    expect(readHandoff(JSON.parse(JSON.stringify(handoff)))).toEqual(handoff);
    const { headers: _, ...older } = makeHandoff('m1');
    expect(readHandoff(older)).toEqual(makeHandoff('m1'));
  });

  it('keeps the trace', () => {
    const handoff = { ...makeHandoff('m1'), trace: '00-abc 7' };
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
    ['a media type that is no text', { ...handoff, contentType: 7 }],
    ['headers that are no text', { ...handoff, headers: {} }],
    ['a trace that is no text', { ...handoff, trace: 7 }],
    ['an id that is no text', { ...handoff, endpointId: 7 }],
    ['a trigger of another version', { ...handoff, trigger: 'other' }],
    ['a count that is no number', { ...handoff, attemptCount: '1' }],
    ['a count that is not whole', { ...handoff, scheduleStep: 0.5 }],
  ])('refuses %s', (_, value) => {
    expect(readHandoff(value)).toBeUndefined();
  });
});
