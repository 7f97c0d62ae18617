import type { IncomingMessage } from 'node:http';

const MAX_BYTES = 64 * 1024 * 1024;
const MAX_MS = 10_000;

/**
 * Reads and drops the rest of a request's body, up to 64 MiB and ten seconds. Otherwise the connection would be
 * closed while the client still sends, and the client would see EPIPE instead of the answer.
 */
export function drain(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) {
      resolve();
      return;
    }
    let bytes = 0;
    const end = () => {
      clearTimeout(deadline);
      request.off('data', onData).off('end', end).off('close', end).off('error', end);
      resolve();
    };
    const onData = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) end();
    };
    const deadline = setTimeout(end, MAX_MS);
    request.on('data', onData).on('end', end).on('close', end).on('error', end).resume();
  });
}
