import type { Channel } from 'rabbitmq-client';

/**
 * Makes the channel return the body of every message as bytes, and its properties unchanged, except that a message
 * without `content_encoding` gets `identity`.
 *
 * The client library parses bodies of type `application/json`, and has no option to prevent that; a payload that is
 * parsed and printed loses digits (`1.0`, 64-bit ids). The library does not parse a body with a content encoding, so
 * each message gets one before its body is read.
 */
export function keepBytes(channel: Channel): void {
  const internals = channel as unknown as { _onHeader?: (frame: HeaderFrame) => void };
  const onHeader = internals._onHeader;
  if (onHeader === undefined) {
    throw new Error('this version of rabbitmq-client cannot return messages as bytes');
  }
  internals._onHeader = (frame) => {
    frame.fields.contentEncoding ||= IDENTITY;
    onHeader.call(channel, frame);
  };
}

export const IDENTITY = 'identity';

interface HeaderFrame {
  readonly fields: { contentEncoding?: string | undefined };
}
