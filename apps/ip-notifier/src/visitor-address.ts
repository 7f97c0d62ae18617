import { isIP } from 'node:net';

/**
 * The address in its usual spelling: IPv4 also where it came as IPv6 (`::ffff:192.0.2.1`), IPv6
 * compressed, without zone, and without the quotes, brackets or port that some proxies add. Null when it is none.
 */
export function visitorAddress(text: string): string | null {
  const address = withoutPort(withoutQuotes(text.trim())).replace(/%.*$/, '');
  const version = isIP(address);
  if (version !== 6) return version === 4 ? address : null;
  const compressed = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(compressed);
  return mapped ? dotted(`${mapped[1]}`, `${mapped[2]}`) : compressed;
}

function withoutQuotes(text: string): string {
  return /^"(.*)"$/.exec(text)?.[1] ?? text;
}

function withoutPort(text: string): string {
  const bracketed = /^\[([^\]]*)\](:\d+)?$/.exec(text)?.[1];
  const dotted = /^([\d.]+):\d+$/.exec(text)?.[1];
  return bracketed ?? dotted ?? text;
}

function dotted(...groups: [string, string]): string {
  return groups
    .map((group) => Number.parseInt(group, 16))
    .flatMap((value) => [value >> 8, value & 255])
    .join('.');
}
