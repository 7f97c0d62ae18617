import { describe, expect, it } from 'vitest';
import { PosthasteError } from '../domain/errors.ts';
import { readMessage } from './read-message.ts';

const MAX_BYTES = 1_000;

function read(body: string | Buffer, properties: Record<string, unknown> = {}) {
  return readMessage({ messageId: 'm1', ...properties, body: Buffer.from(body) }, MAX_BYTES);
}

describe('readMessage', () => {
  it('takes the application out of the body, and the id as the idempotency key', () => {
    const body = '{"application": "acme", "eventType": "invoice.paid", "payload": {"total": 1.0}}';
    expect(read(body)).toEqual({
      application: 'acme',
      bringsApplication: false,
      fields: { eventType: 'invoice.paid', payload: null },
      payloadText: '{"total": 1.0}',
      idempotencyKey: 'm1',
    });
  });

  it('leaves an application that must be created in the body', () => {
    const application = { name: 'Acme', uid: 'acme' };
    const body = JSON.stringify({ application, eventType: 'a', rawPayload: '<a/>' });
    expect(read(body, { contentEncoding: 'identity' })).toEqual({
      application: 'acme',
      bringsApplication: true,
      fields: { application, eventType: 'a', rawPayload: '<a/>' },
      payloadText: undefined,
      idempotencyKey: 'm1',
    });
  });

  const good = '{"application":"acme","eventType":"a","payload":1}';
  it.each<[string, string | Buffer, Record<string, unknown>, string, string]>([
    ['no message id', good, { messageId: undefined }, 'validation', 'property.message_id'],
    ['an empty message id', good, { messageId: '' }, 'validation', 'property.message_id'],
    ['compression', good, { contentEncoding: 'gzip' }, 'validation', 'property.content_encoding'],
    ['other bytes than UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 'validation', 'body'],
    ['nothing', '', {}, 'validation', 'body'],
    ['no JSON', '{"application"', {}, 'validation', 'body'],
    ['no object', '["acme"]', {}, 'validation', 'body'],
    ['null', 'null', {}, 'validation', 'body'],
    ['__proto__', '{"__proto__":{},"application":"a"}', {}, 'validation', 'body.__proto__'],
    ['no application', '{"eventType":"a","payload":1}', {}, 'validation', 'body.application'],
    ['null as application', '{"application":null}', {}, 'validation', 'body.application'],
    ['a number as application', '{"application":7}', {}, 'validation', 'body.application'],
    ['an application without uid', '{"application":{}}', {}, 'validation', 'body.application'],
    ['a body that is too large', ' '.repeat(1_001), {}, 'payload_too_large', ''],
  ])('refuses %s', (_, body, properties, code, place) => {
    const thrown = refusal(() => read(body, properties));
    expect(thrown.code).toBe(code);
    expect(thrown.fieldErrors.map(({ loc }) => loc.join('.')).join()).toBe(place);
  });

  it('names every property that is wrong', () => {
    const thrown = refusal(() => read(good, { messageId: undefined, contentEncoding: 'gzip' }));
    expect(thrown.message).toBe(
      'property.message_id: is required, so that a message that is delivered twice is accepted once; ' +
        'property.content_encoding: must be absent: the body must not be compressed',
    );
  });
});

function refusal(run: () => unknown): PosthasteError {
  try {
    run();
  } catch (error) {
    if (error instanceof PosthasteError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
