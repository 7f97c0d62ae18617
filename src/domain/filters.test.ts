import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { wants } from './filters.ts';

const ALL = { eventTypes: null, channels: null };

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
  [{ ...ALL, eventTypes: ['a', 'b'] }, { eventType: 'b', channels: null }, true],
  [{ ...ALL, eventTypes: ['a.b'] }, { eventType: 'a', channels: null }, false],
  [{ ...ALL, eventTypes: [] }, { eventType: 'a', channels: null }, false],
  [{ ...ALL, channels: ['x'] }, { eventType: 'a', channels: null }, false],
  [{ ...ALL, channels: ['x'] }, { eventType: 'a', channels: [] }, false],
  [{ ...ALL, channels: ['x', 'y'] }, { eventType: 'a', channels: ['z', 'y'] }, true],
  [{ ...ALL, channels: ['x'] }, { eventType: 'a', channels: ['X'] }, false],
  [{ eventTypes: ['a'], channels: ['x'] }, { eventType: 'b', channels: ['x'] }, false],
])('%j and %j: %j', (endpoint, message, expected) => {
  expect(wants(endpoint, message)).toBe(expected);
});
