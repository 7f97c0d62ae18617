import { expect, test } from 'vitest';
import { readTrace, readTraceparent, traceparentOf, writeTrace } from './trace-text.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test.each([
  [`00-${TRACE}-${SPAN}-01`, 1],
  [`00-${TRACE}-${SPAN}-00`, 0],
  // A newer version may have more fields and flags.
  [`01-${TRACE}-${SPAN}-03-more`, 1],
])('reads %s', (text, traceFlags) => {
  expect(readTraceparent(text)).toEqual({
    traceId: TRACE,
    spanId: SPAN,
    traceFlags,
    isRemote: true,
  });
});

test.each([
  '',
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `ff-${TRACE}-${SPAN}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
])('ignores "%s"', (text) => {
  expect(readTraceparent(text)).toBeNull();
});

test('reads only texts that it wrote', () => {
  const accepted = { traceId: TRACE, spanId: SPAN, traceFlags: 1 };
  const text = writeTrace({ accepted, acceptedAt: 1_700_000_000_000 });
  expect(text).toBe(`${traceparentOf(accepted)} 1700000000000`);
  expect(readTrace(text)).toMatchObject({ accepted, acceptedAt: 1_700_000_000_000 });
  for (const other of ['', traceparentOf(accepted), `${traceparentOf(accepted)} soon`]) {
    expect(readTrace(other)).toBeNull();
  }
});
