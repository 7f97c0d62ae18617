import type { BenchEvent } from './payloads.ts';

export interface PublishRequest {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  readonly event: BenchEvent;
}

/** The bytes of a request that publishes an event. */
export function publishRequest({ port, path, token, event }: PublishRequest): Buffer {
  const body = Buffer.from(`{"eventType":"${event.eventType}","payload":${event.payload}}`);
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${token}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]);
}

const idBefore = Buffer.from('"id":"msg_');

/** The id of the published message, in the body of a 202. */
export function idInBody(bytes: Buffer, bodyStart: number): string {
  const from = bytes.indexOf(idBefore, bodyStart) + 6;
  return bytes.toString('latin1', from, bytes.indexOf(0x22, from));
}
