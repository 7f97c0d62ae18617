import { describe, expect, it, test } from 'vitest';
import { headersText, shownHeaders } from './message-headers.ts';
import { readMessage } from './read-message.ts';

const MESSAGE = { eventType: 'a.b', payload: {} };
const read = (more: object) => readMessage({ ...MESSAGE, ...more }, undefined, 1_000);
const svix = (headers: object, more: object = {}) => ({
  transformationsParams: { headers, ...more },
});

test('the same headers in any order become the same ASCII text', () => {
  const text = '{"X-B":"\\u00e9","x-a":"1"}';
  expect(headersText({ 'x-a': '1', 'X-B': 'é' })).toBe(text);
  expect(headersText({ 'X-B': 'é', 'x-a': '1' })).toBe(text);
  expect([headersText({}), headersText(null), headersText(undefined)]).toEqual([null, null, null]);
});

test('values that look like secrets are not shown', () => {
  const headers = headersText({ 'x-a': '1', 'X-Api-Key': 'k' });
  expect(shownHeaders({ headers })).toEqual({ 'x-a': '1', 'X-Api-Key': '***' });
});

describe('headers of a message', () => {
  it.each([
    ['none', {}, null, null],
    ['null', { headers: null }, null, null],
    ['an empty list', { headers: {} }, null, null],
    ['some', { headers: { 'X-A': 'b' } }, '{"X-A":"b"}', null],
    ['in the words of Svix', svix({ 'X-A': 'b', 'X-None': null }), '{"X-A":"b"}', null],
    [
      'in the words of Svix, beside a media type and a raw text',
      svix({ 'X-A': 'b', 'Content-Type': 'text/xml' }, { rawPayload: '<a/>' }),
      '{"X-A":"b"}',
      'text/xml',
    ],
    [
      'in our words, beside a media type in those of Svix',
      { headers: { 'X-A': 'b' }, ...svix({ 'content-type': 'a/x+json' }) },
      '{"X-A":"b"}',
      'a/x+json',
    ],
  ])('are read: %s', (_what, more, headers, contentType) => {
    expect(read(more)).toMatchObject({ headers, contentType });
  });

  const many = Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`x-${n}`, '']));
  const large = { 'x-a': 'a'.repeat(4_096), 'x-b': 'b'.repeat(4_091) };
  it.each([
    ['a name that frames the request', { Connection: 'close' }, ['Connection']],
    ['a name of the signature', { 'webhook-id': 'msg_1' }, ['webhook-id']],
    ['a name that is none', { 'x a': 'b' }, ['x a']],
    ['a value that ends its line', { 'x-a': 'b\r\nHost: c' }, ['x-a']],
    ['a value that is no text', { 'x-a': 7 }, ['x-a']],
    ['a value that is too long', { 'x-a': 'a'.repeat(4_097) }, ['x-a']],
    ['a name twice', { 'x-a': '1', 'X-A': '2' }, ['X-A']],
    ['too many', many, []],
    ['together too long', large, []],
  ])('are refused by name: %s', (_what, headers, path) => {
    for (const [more, at] of [
      [{ headers }, ['headers']],
      [svix(headers), ['transformationsParams', 'headers']],
    ] as const) {
      const error = expect.objectContaining({ loc: ['body', ...at, ...path] });
      expect(() => read(more)).toThrow(expect.objectContaining({ fieldErrors: [error] }));
    }
  });

  it.each([
    [{ headers: { 'Content-Type': 'a/b' } }, ['headers', 'Content-Type']],
    [{ headers: { 'x-a': '1' }, ...svix({ 'x-b': '2' }) }, ['transformationsParams', 'headers']],
  ])('are not said twice: %j', (more, path) => {
    const error = expect.objectContaining({ loc: ['body', ...path] });
    expect(() => read(more)).toThrow(expect.objectContaining({ fieldErrors: [error] }));
  });
});
