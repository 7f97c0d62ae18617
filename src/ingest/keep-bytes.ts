import type { Channel } from 'rabbitmq-client';

/**
 * Makes the channel give the body of every message as bytes, and its properties as they are, except
 * that a message without `content_encoding` has `identity`.
 *
 * The client parses a body of type `application/json`, and has no option against that. A payload that
 * is parsed and printed loses digits (`1.0`, 64-bit ids). The client leaves a body alone that has a
 * content encoding, so each message gets one before its body is read.
 */
export function keepBytes(channel: Channel): void {
  const internals = channel as unknown as { _onHeader?: (frame: HeaderFrame) => void };
  const onHeader = internals._onHeader;
  if (onHeader === undefined) {
    throw new Error('this version of rabbitmq-client can give no message as bytes');
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
