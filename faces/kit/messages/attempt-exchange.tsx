import type { AttemptExchangeOut } from '../api/types.ts';
import { CodeBlock } from '../parts/code-block.tsx';
import { Facts } from '../parts/facts.tsx';
import { span } from '../words/times.ts';

/** The request of an attempt as it was sent, the times of its phases, and the headers of the response. */
export function AttemptExchange({ exchange }: { exchange: AttemptExchangeOut }) {
  const { resolveMs, connectMs, tlsMs, firstByteMs, responseHeaders } = exchange;
  const isReused = resolveMs === null && connectMs === null && firstByteMs !== null;
  return (
    <>
      <Facts
        of={{
          'Size of the body': `${exchange.requestBytes} B`,
          Connection: isReused ? 'reused' : undefined,
          'Name resolved in': timed(resolveMs),
          'Connected in': timed(connectMs),
          'TLS handshake in': timed(tlsMs),
          'First byte after': timed(firstByteMs),
        }}
      />
      <CodeBlock label="Request headers" text={lines(exchange.requestHeaders)} />
      {responseHeaders && <CodeBlock label="Response headers" text={lines(responseHeaders)} />}
    </>
  );
}

function timed(ms: number | null): string | undefined {
  return ms === null ? undefined : span(ms);
}

function lines(headers: Readonly<Record<string, string>>): string {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
