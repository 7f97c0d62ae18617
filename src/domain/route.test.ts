import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeEndpoint } from '../../test/support/storage-world.ts';
import type { Endpoint } from './endpoint.ts';
import { type FilteredMessage, compileFilters, routesOf } from './route.ts';

const ALL = { disabled: null, eventTypes: null, channels: null };

type Given = Partial<Pick<Endpoint, 'eventTypes' | 'channels'>>;

function wants(endpoint: Given, message: FilteredMessage): boolean {
  return compileFilters({ ...ALL, ...endpoint })(message) === null;
}

// A small alphabet, so that names often meet.
const name = fc.constantFrom('a', 'b', 'c', 'a.b', 'A');
const nameLists = fc.option(fc.uniqueArray(name, { maxLength: 4 }));
const endpoints = fc.record({ eventTypes: nameLists, channels: nameLists });
const messages = fc.record({ eventType: name, channels: nameLists });

test('is the conjunction of both filters, each open when it is null', () => {
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

test('one more name in a filter never loses a message', () => {
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

test.each([
  [{ disabled: { at: 1, reason: 'manual' as const }, eventTypes: ['b'] }, 'disabled'],
  [{ eventTypes: ['b'], channels: ['x'] }, 'eventType'],
  [{ eventTypes: ['a'], channels: ['x'] }, 'channel'],
])('the reason is the first filter that does not match: %j %s', (endpoint, reason) => {
  const mismatch = compileFilters({ ...ALL, ...endpoint })({ eventType: 'a', channels: null });
  expect(mismatch?.reason).toBe(reason);
});

test('a list is compiled once', () => {
  const list = [makeEndpoint({ eventTypes: ['a.*'] })];
  expect(routesOf(list)).toBe(routesOf(list));
  expect(routesOf([...list])).not.toBe(routesOf(list));
});
