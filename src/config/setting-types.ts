import { isIP } from 'node:net';
import { parseNetwork } from '../domain/networks.ts';
import type { DisablePolicy } from '../domain/policy.ts';

/** How the text of a setting is read. */
export interface SettingType<Out, In = never> {
  /** The placeholder of the value in help. */
  readonly placeholder: string;
  /** The accepted values, as the end of a sentence "must be …". */
  readonly description: string;
  /** Parses the text. Undefined: the text is not accepted. */
  readonly parse: (text: string) => Out | undefined;
  /** True: an empty text is a value. Otherwise an empty text counts as not set. */
  readonly emptyAllowed?: boolean;
  /** Exists only as a type: the values that a configuration file may have instead of the text. */
  readonly native?: In;
}

export function wholeNumber(min: number, max: number): SettingType<number, number> {
  return {
    placeholder: 'number',
    description: `a whole number from ${min} to ${max}`,
    parse: (text) => {
      const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): SettingType<T> {
  return {
    placeholder: choices.join('|'),
    description: choices.join(' or '),
    parse: (text) => choices.find((choice) => choice === text.trim()),
  };
}

export function someOf<const T extends string>(
  ...choices: readonly T[]
): SettingType<readonly T[], readonly T[]> {
  return {
    placeholder: choices.join(','),
    description: `one or more of ${choices.join(', ')}, separated by commas`,
    parse: (text) => {
      const named = list(text);
      const chosen = choices.filter((choice) => named.includes(choice));
      const known = named.every((name) => choices.some((choice) => choice === name));
      return known && chosen.length > 0 ? Object.freeze(chosen) : undefined;
    },
  };
}

export const yesOrNo: SettingType<boolean, boolean> = {
  placeholder: 'true|false',
  description: 'true or false',
  parse: (text) => ({ true: true, false: false })[text.trim()],
};

export const hostName: SettingType<string> = {
  placeholder: 'host',
  description: 'a host name or an IP address, such as 127.0.0.1 or ::',
  parse: (text) => (/^[\w.:%-]+$/.test(text.trim()) ? text.trim() : undefined),
};

export const databaseUrl: SettingType<
  | { readonly kind: 'sqlite'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string }
> = {
  placeholder: 'url',
  description:
    'sqlite:PATH, such as sqlite:./data/posthaste.db or sqlite:/var/lib/posthaste/posthaste.db, or postgres://USER:PASSWORD@HOST/DATABASE',
  parse: (text) => {
    const url = text.trim();
    if (/^postgres(ql)?:\/\//.test(url)) {
      const named = URL.parse(url)?.pathname.replace('/', '') !== '';
      return URL.canParse(url) && named ? Object.freeze({ kind: 'postgres', url }) : undefined;
    }
    // Refused: two slashes, which would make a relative path absolute, and `:memory:`, which is not durable.
    const path = /^sqlite:(?!\/\/|:memory:$)(.+)$/.exec(url)?.[1];
    return path === undefined ? undefined : Object.freeze({ kind: 'sqlite', path });
  },
};

export const queueUrl: SettingType<
  { readonly kind: 'memory' } | { readonly kind: 'amqp'; readonly url: string }
> = {
  placeholder: 'url',
  description: 'memory: or amqp://USER:PASSWORD@HOST or amqps://…',
  parse: (text) => {
    const url = text.trim();
    if (url === 'memory:') return Object.freeze({ kind: 'memory' });
    return /^amqps?:\/\/./.test(url) && URL.canParse(url)
      ? Object.freeze({ kind: 'amqp', url })
      : undefined;
  },
};

export const brokerUrl: SettingType<string> = {
  placeholder: 'url',
  description: 'amqp://USER:PASSWORD@HOST or amqps://…',
  parse: (text) => {
    const url = text.trim();
    return /^amqps?:\/\/./.test(url) && URL.canParse(url) ? url : undefined;
  },
};

/** A name in AMQP has at most 255 bytes, and the dead-letter queue's is longer by `.dead`. */
export const queueName: SettingType<string> = {
  placeholder: 'name',
  description: 'a name of 1 to 250 bytes that does not begin with amq.',
  parse: (text) => {
    const name = text.trim();
    const bytes = Buffer.byteLength(name);
    return bytes >= 1 && bytes <= 250 && !name.startsWith('amq.') ? name : undefined;
  },
};

export const organizationId: SettingType<string> = {
  placeholder: 'id',
  description: 'the id of an organization as in tokens, such as org_acme',
  parse: (text) => (/^org_[\w-]{1,252}$/.test(text.trim()) ? text.trim() : undefined),
};

/** RFC 7518, section 3.2: an HS256 key is at least as long as the hash. */
export const signingSecret: SettingType<string> = {
  placeholder: 'text',
  description: 'at least 32 characters; `openssl rand -base64 32` makes one',
  parse: (text) => (text.length >= 32 ? text : undefined),
};

export const encryptionKey: SettingType<Uint8Array> = {
  placeholder: 'base64',
  description: '32 bytes in base64; `openssl rand -base64 32` makes them',
  parse: (text) => {
    const trimmed = text.trim();
    const bytes = Buffer.from(trimmed, 'base64');
    const exact = bytes.toString('base64').replace(/=+$/, '') === trimmed.replace(/=+$/, '');
    return exact && bytes.length === 32 ? new Uint8Array(bytes) : undefined;
  },
};

export const networks: SettingType<readonly string[], readonly string[]> = {
  placeholder: 'cidr,…',
  description:
    'networks separated by commas, without bits beyond the prefix, such as 10.0.0.0/8,fd00::/8,192.0.2.7',
  emptyAllowed: true,
  parse: (text) => {
    const given = list(text);
    return given.every((item) => parseNetwork(item) !== null) ? Object.freeze(given) : undefined;
  },
};

export const origins: SettingType<readonly string[], readonly string[]> = {
  placeholder: 'origin,…',
  description:
    'origins separated by commas, such as https://portal.example.com,http://localhost:3000, or * alone for any',
  emptyAllowed: true,
  parse: (text) => {
    const given = list(text);
    if (given.length === 1 && given[0] === '*') return Object.freeze(given);
    const parsed = given.map(originOf);
    return parsed.includes(undefined)
      ? undefined
      : Object.freeze(parsed.filter((o) => o !== undefined));
  },
};

export const hostsAndNetworks: SettingType<readonly string[], readonly string[]> = {
  placeholder: 'host,…',
  description:
    'names, addresses and networks separated by commas, such as internal.example.com,10.0.0.0/8,fd00::1',
  emptyAllowed: true,
  parse: (text) => {
    const given = list(text).map((item) => item.toLowerCase().replace(/^\./, ''));
    const known = given.every(
      (item) => parseNetwork(item) !== null || /^[\w-]+(\.[\w-]+)*$/.test(item),
    );
    return known ? Object.freeze(given) : undefined;
  },
};

export const nameServers: SettingType<readonly string[], readonly string[]> = {
  placeholder: 'address,…',
  description:
    'IP addresses separated by commas, each with a port where it is not 53, such as 10.0.0.2,127.0.0.1:5353,[fd00::2]:5353',
  emptyAllowed: true,
  parse: (text) => {
    const servers = list(text);
    return servers.every(isNameServer) ? Object.freeze(servers) : undefined;
  },
};

export const proxyUrl: SettingType<string> = {
  placeholder: 'url',
  description:
    'http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or the same with socks5:// (user and password of at most 255 bytes)',
  parse: (text) => {
    const url = URL.parse(text.trim());
    if (url === null || !PROXY_PROTOCOLS.includes(url.protocol) || url.hostname === '')
      return undefined;
    const isOrigin = ['', '/'].includes(url.pathname) && url.search === '' && url.hash === '';
    const credentials = [url.username, url.password];
    if (!isOrigin || !credentials.every(canDecode)) return undefined;
    const isTooLong = (part: string) => Buffer.byteLength(decodeURIComponent(part)) > 255;
    if (url.protocol === 'socks5:' && credentials.some(isTooLong)) return undefined;
    return url.href;
  },
};

const PROXY_PROTOCOLS = ['http:', 'socks5:'];

export const pageUrl: SettingType<string> = {
  placeholder: 'url',
  description: 'an http or https URL without a `#`, such as https://example.com/webhooks',
  parse: (text) => {
    const url = URL.parse(text.trim());
    const isPage = (url?.protocol === 'https:' || url?.protocol === 'http:') && !text.includes('#');
    return isPage ? url.href : undefined;
  },
};

export const shownText: SettingType<string> = {
  placeholder: 'text',
  description: 'up to 80 characters',
  parse: (text) => (text.trim() === '' || text.length > 80 ? undefined : text.trim()),
};

export const hexColor: SettingType<string> = {
  placeholder: 'color',
  description: 'a colour such as #3450cf',
  parse: (text) => (/^#[\da-f]{6}$/i.test(text.trim()) ? text.trim().toLowerCase() : undefined),
};

export const fontFamily: SettingType<string> = {
  placeholder: 'fonts',
  description: 'names of fonts separated by commas, such as Inter, Helvetica Neue, sans-serif',
  parse: (text) =>
    /^[\w -]{1,64}(,[\w -]{1,64}){0,9}$/.test(text.trim()) ? text.trim() : undefined,
};

export const filePath: SettingType<string> = {
  placeholder: 'path',
  description: 'the path of a PEM file, such as /etc/posthaste/authorities.pem',
  parse: (text) => (text.trim() === '' ? undefined : text.trim()),
};

export const retrySchedule: SettingType<readonly number[], readonly number[]> = {
  placeholder: 'seconds,…',
  description:
    'the seconds before each retry separated by commas, such as 5,300,1800 (fractions allowed, at most 30 days each and 100 in all; empty: no retries)',
  emptyAllowed: true,
  parse: (text) => {
    const waits = list(text).map((item) =>
      /^\d{1,9}(\.\d{1,9})?$/.test(item) ? Math.round(Number(item) * 1000) : Number.NaN,
    );
    return waits.length <= 100 && waits.every((wait) => wait <= 30 * 86_400_000)
      ? Object.freeze(waits)
      : undefined;
  },
};

const UNIT_MS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

export const disablePolicy: SettingType<DisablePolicy> = {
  placeholder: 'policy',
  description:
    'how long every attempt must have failed (5d, 12h, 30m, 45s, 500ms), or a count of failed attempts ("3 failures"), or never',
  parse: (text) => {
    const trimmed = text.trim();
    if (trimmed === 'never') return Object.freeze({ kind: 'never' });
    const count = Number(/^(\d{1,9}) failures?$/.exec(trimmed)?.[1]);
    if (count >= 1) return Object.freeze({ kind: 'count', failedAttempts: count });
    const failingForMs = duration(trimmed);
    return failingForMs === undefined ? undefined : Object.freeze({ kind: 'window', failingForMs });
  },
};

/** The text that `disablePolicy` reads. */
export function disablePolicyText(policy: DisablePolicy): string {
  switch (policy.kind) {
    case 'never':
      return 'never';
    case 'count':
      return `${policy.failedAttempts} failures`;
    case 'window': {
      const [unit, unitMs] =
        [...UNIT_MS].findLast(([, ms]) => policy.failingForMs % ms === 0) ?? [];
      return `${policy.failingForMs / (unitMs ?? 1)}${unit ?? 'ms'}`;
    }
  }
}

/** Milliseconds of `500ms`, `45s`, `30m`, `12h` or `5d`; neither zero nor more than a million days. */
export function duration(text: string): number | undefined {
  const [, amount, unit = ''] = /^(\d{1,15})(ms|[smhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (UNIT_MS.get(unit) ?? Number.NaN);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

const LONGEST_MS = 1_000_000 * 86_400_000;

/** A retention in milliseconds; null: for ever. */
export const keptFor: SettingType<{ readonly ms: number | null }> = {
  placeholder: 'duration',
  description: 'a time of at least an hour, such as 90d or 12h, or forever',
  parse: (text) => {
    if (text.trim() === 'forever') return Object.freeze({ ms: null });
    const ms = duration(text.trim());
    return ms !== undefined && ms >= HOUR_MS ? Object.freeze({ ms }) : undefined;
  },
};

const HOUR_MS = 3_600_000;

function list(text: string): string[] {
  return text.trim() === '' ? [] : text.split(',').map((item) => item.trim());
}

function isNameServer(text: string): boolean {
  const [, bracketed, plain, port = '53'] =
    /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const isAddress = isIP(text) > 0 || isIP(plain ?? '') === 4 || isIP(bracketed ?? '') === 6;
  return isAddress && !text.includes('%') && Number(port) >= 1 && Number(port) <= 65_535;
}

/** The origin as a browser writes it: in lower case, without the default port. */
function originOf(text: string): string | undefined {
  const url = /^https?:\/\/[^/?#@*]+\/?$/i.test(text) ? URL.parse(text) : null;
  return url?.origin;
}

function canDecode(part: string): boolean {
  try {
    decodeURIComponent(part);
    return true;
  } catch {
    return false;
  }
}
