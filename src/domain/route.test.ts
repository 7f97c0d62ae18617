import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeEndpoint } from '../../test/support/storage-world.ts';
import type { Endpoint } from './endpoint.ts';
import { type Candidate, candidateOf, compileFilters, explain, routesOf } from './route.ts';

const ALL = { disabled: null, eventTypes: null, channels: null, filter: null };
const JSON_TEXT = { eventType: 'a', channels: null, payload: '{"a": 1}', contentType: null };

type Given = Partial<Pick<Endpoint, 'eventTypes' | 'channels'>>;

function wants(endpoint: Given, message: Pick<Candidate, 'eventType' | 'channels'>): boolean {
  return (
    compileFilters({ ...ALL, ...endpoint })(candidateOf({ ...JSON_TEXT, ...message })) === null
  );
}

// A small alphabet, so that names often match.
const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'A');
const nameLists = fc.option(fc.uniqueArray(name, { maxLength: 4 }));
const endpoints = fc.record({ eventTypes: nameLists, channels: nameLists });
const messages = fc.record({ eventType: name, channels: nameLists });

test('needs both filters to match; a filter that is null matches everything', () => {
  fc.assert(
    fc.property(endpoints, messages, (endpoint, message) => {
      const type = new Set(endpoint.eventTypes ?? [message.eventType]).has(message.eventType);
      const shared = new Set(endpoint.channels).intersection(new Set(message.channels));
      expect(wants(endpoint, message)).toBe(
        type && (endpoint.channels === null || shared.size > 0),
      );
    }),
  );
});

test('an endpoint without filters wants everything', () => {
  fc.assert(
    fc.property(messages, (message) => {
      expect(wants(ALL, message)).toBe(true);
    }),
  );
});

test('another name in a filter never excludes a message', () => {
  fc.assert(
    fc.property(endpoints, messages, name, (endpoint, message, more) => {
      const wider = {
        eventTypes: endpoint.eventTypes && [...endpoint.eventTypes, more],
        channels: endpoint.channels && [...endpoint.channels, more],
      };
      expect(wants(wider, message) || !wants(endpoint, message)).toBe(true);
    }),
  );
});

test.each([
  [ALL, { eventType: 'a', channels: null }, true],
  [{ eventTypes: ['a', 'b'] }, { eventType: 'b', channels: null }, true],
  [{ eventTypes: ['a.b'] }, { eventType: 'a', channels: null }, false],
  [{ eventTypes: [] }, { eventType: 'a', channels: null }, false],
  [{ channels: ['x'] }, { eventType: 'a', channels: null }, false],
  [{ channels: ['x'] }, { eventType: 'a', channels: [] }, false],
  [{ channels: ['x', 'y'] }, { eventType: 'a', channels: ['z', 'y'] }, true],
  [{ channels: ['x'] }, { eventType: 'a', channels: ['X'] }, false],
  [{ eventTypes: ['a'], channels: ['x'] }, { eventType: 'b', channels: ['x'] }, false],
])('%j and %j: %j', (endpoint, message, expected) => {
  expect(wants(endpoint, message)).toBe(expected);
});

test.each([
  [['invoice.*'], 'invoice.paid', true],
  [['invoice.*'], 'invoice.paid.late', true],
  [['invoice.*'], 'invoice.', false],
  [['invoice.*'], 'invoice', false],
  [['invoice.*'], 'invoices.paid', false],
  [['invoice.*'], 'Invoice.paid', false],
  [['invoice.paid.*'], 'invoice.paid', false],
  [['invoice.*', 'call.new'], 'call.new', true],
  [['invoice.*', 'call.new'], 'call.ended', false],
  [['a.*', 'b.*'], 'b.c', true],
])('the types %j and %s: %j', (eventTypes, eventType, expected) => {
  expect(wants({ eventTypes }, { eventType, channels: null })).toBe(expected);
});

const filter = { path: '/a', equal: 2 };

test.each([
  [{ disabled: { at: 1, reason: 'manual' as const }, eventTypes: ['b'] }, 'disabled'],
  [{ eventTypes: ['b'], channels: ['x'] }, 'eventType'],
  [{ eventTypes: ['a'], channels: ['x'], filter }, 'channel'],
  [{ filter }, 'filter'],
])('the reason is the first filter that does not match: %j %s', (endpoint, reason) => {
  const mismatch = compileFilters({ ...ALL, ...endpoint })(candidateOf(JSON_TEXT));
  expect(mismatch?.reason).toBe(reason);
});

test.each([
  [{ payload: '{"a": 2}' }, undefined],
  [{ payload: '{"a": 2}', contentType: 'application/json; charset=utf-8' }, undefined],
  [{ payload: '{"a": 2}', contentType: 'application/cloudevents+JSON' }, undefined],
  [{ payload: '{"a": 2}', contentType: 'text/plain' }, 'notJson'],
  [{ payload: '{"a": 2}', contentType: 'application/jsonl' }, 'notJson'],
  [{ payload: '{"a": 2', contentType: 'application/json' }, 'notJson'],
  [{ payload: 'null' }, 'filter'],
])('a filter is asked of JSON only: %j %s', (message, reason) => {
  const mismatch = compileFilters({ ...ALL, filter })(candidateOf({ ...JSON_TEXT, ...message }));
  expect(mismatch?.reason).toBe(reason);
});

test.each([
  [filter, '/a must be 2, and is 1'],
  [{ path: '/b', exists: true }, '/b must exist, and does not exist'],
  [{ path: '', equal: 1 }, 'the payload must be 1, and is an object'],
  [{ and: [filter] }, 'at /and/0 of the filter: /a must be 2, and is 1'],
  [{ not: { path: '/a', equal: 1 } }, 'at /not of the filter: the filter in "not" must not match'],
])('an explanation has the value that was found: %j', (given, sentence) => {
  const message = candidateOf(JSON_TEXT);
  const mismatch = compileFilters({ ...ALL, filter: given })(message);
  expect(mismatch && explain(mismatch, message)).toBe(sentence);
});

test('a payload is parsed once for all endpoints, and not for those without a filter', () => {
  let reads = 0;
  const message = {
    ...JSON_TEXT,
    get payload() {
      reads += 1;
      return 'null';
    },
  };
  const candidate = candidateOf(message);
  compileFilters(ALL)(candidate);
  expect(reads).toBe(0);
  for (let i = 0; i < 3; i++) compileFilters({ ...ALL, filter })(candidate);
  expect(reads).toBe(1);
});

test('a list is compiled once', () => {
  const list = [makeEndpoint({ eventTypes: ['a.*'] })];
  expect(routesOf(list)).toBe(routesOf(list));
  expect(routesOf([...list])).not.toBe(routesOf(list));
});
