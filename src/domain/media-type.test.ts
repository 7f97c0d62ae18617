import { expect, test } from 'vitest';
import { MEDIA_TYPE, isJsonType } from './media-type.ts';

test.each([
  'text/xml',
  'application/x-www-form-urlencoded',
  'application/soap+xml; charset=utf-8',
  'text/plain;charset=utf-8;format=flowed',
  'multipart/mixed; boundary="a \\"b\\" c"',
])('is a media type: %s', (text) => expect(text).toMatch(MEDIA_TYPE));

test.each([
  '',
  'text',
  'text/',
  '/xml',
  'text /xml',
  'text/xml;',
  'text/xml; charset',
  'text/xml; charset="utf-8',
  'text/xml, text/plain',
  'text/xml\r\nX-More: 1',
  'text/xml\n',
  'text/xml; a="\r\nX-More: 1"',
  'text/xml; a="\u0000"',
  'text/\u00e4',
])('is no media type: %j', (text) => expect(text).not.toMatch(MEDIA_TYPE));

test.each([
  ['application/json', true],
  ['Application/JSON; charset=utf-8', true],
  ['application/cloudevents+json', true],
  ['application/jsonl', false],
  ['text/plain; x="+json"', false],
])('%s is JSON: %j', (text, expected) => expect(isJsonType(text)).toBe(expected));
