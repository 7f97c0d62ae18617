import { expect, it } from 'vitest';
import { PosthasteError } from '../domain/errors.ts';
import { deadLetter } from './dead-letter.ts';

const reason = new PosthasteError('not_found', 'Application "acme" does not exist');
const body = Buffer.from('{}');

function headersOf(headers: Record<string, unknown>): Record<string, unknown> {
  return deadLetter({ headers, body }, reason, 'ingest', 0).envelope.headers ?? {};
}

it('keeps the body and the properties, and says why and when in headers', () => {
  const message = { messageId: 'm1', type: 'a', timestamp: 7, headers: { tenant: 'acme' }, body };
  const { envelope, body: kept } = deadLetter(message, reason, 'ingest', Date.UTC(2030, 0, 1));
  expect(kept).toBe(body);
  expect(envelope).toMatchObject({ durable: true, messageId: 'm1', type: 'a', timestamp: 7 });
  expect(envelope.headers).toEqual({
    tenant: 'acme',
    'x-posthaste-reason': 'not_found',
    'x-posthaste-detail': 'Application "acme" does not exist',
    'x-posthaste-queue': 'ingest',
    'x-posthaste-at': '2030-01-01T00:00:00.000Z',
  });
});

it('drops the properties with which the broker would refuse or drop the dead letter', () => {
  const message = { userId: 'producer', expiration: '1000', body };
  const { envelope } = deadLetter(message, reason, 'ingest', 0);
  expect(envelope).not.toHaveProperty('userId');
  expect(envelope).not.toHaveProperty('expiration');
});

it('drops headers that name queues, are nested, or are too long', () => {
  const headers = {
    CC: ['other'],
    BCC: ['other'],
    'x-death': [{}],
    long: 'x'.repeat(20_000),
    n: 1,
  };
  expect(Object.keys(headersOf({ a: true, ...headers }))).toEqual([
    'a',
    'x-posthaste-reason',
    'x-posthaste-detail',
    'x-posthaste-queue',
    'x-posthaste-at',
  ]);
});

it('has its own reason when a message that was moved back is refused again', () => {
  const headers = headersOf({ 'x-posthaste-reason': 'validation' });
  expect(headers['x-posthaste-reason']).toBe('not_found');
});
