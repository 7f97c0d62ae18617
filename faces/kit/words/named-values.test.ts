import { expect, test } from 'vitest';
import { namedValuesOf, textOfNamedValues } from './named-values.ts';

test('lines of names and values, and back', () => {
  const values = { 'X-Signature': 't={timestamp},v1={signature}', 'X-Url': 'https://a.example:1' };
  expect(namedValuesOf(textOfNamedValues(values), 'headers')).toEqual(values);
  expect(namedValuesOf(' X-Team :  billing \n\n', 'headers')).toEqual({ 'X-Team': 'billing' });
  expect(textOfNamedValues(null)).toBe('');
});

test.for(['no colon', ': no name'])('%j is an error of the field', (line) => {
  expect(() => namedValuesOf(`X-Team: billing\n${line}`, 'headers')).toThrow(
    expect.objectContaining({
      fieldErrors: [{ place: 'body.headers', message: `“${line}” is not of the form name: value` }],
    }),
  );
});
