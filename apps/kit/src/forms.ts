import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { networkList } from './networks.ts';

export function integer(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  const written = z.string().regex(/^\d+$/, error).transform(Number);
  return z
    .union([written, z.number()], { error })
    .pipe(z.int(error).min(least, error).max(most, error));
}

export function text(least: number, most: number) {
  const error = `must be a text of ${least} to ${most} characters`;
  return z.string(error).min(least, error).max(most, error);
}

export function oneOf<const T extends string>(...choices: readonly T[]) {
  return z.enum(choices, `must be ${choices.join(' or ')}`);
}

/** An absolute path. `~/` is the home folder, also where no shell expands it: in files, and in `a=~/b`. */
export function path() {
  return text(1, 4_096).transform((given) =>
    given.startsWith('~/') ? join(homedir(), given.slice(2)) : resolve(given),
  );
}

export function httpUrl() {
  const error =
    'must be an http:// or https:// URL of at most 255 characters, without a name and a password';
  return z
    .url({ protocol: /^https?$/, error })
    .max(255, error)
    .refine(isWithoutPassword, error);
}

export function amqpUrl() {
  return z.url({ protocol: /^amqps?$/, error: 'must be an amqp:// or amqps:// URL' });
}

/** An array in the settings file, elsewhere a text with commas; an empty text is an empty list. */
export function listOf<F extends z.ZodType>(item: F) {
  return z.preprocess(listed, z.array(item, 'must be a list, separated by commas'));
}

const NETWORK = 'must be IP addresses or networks such as 10.0.0.0/8, separated by commas';

export const network = z.string(NETWORK).refine(isNetwork, NETWORK);

/** Numbers become texts, because the schema of an item reads texts. */
function listed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((one: unknown) => (typeof one === 'number' ? String(one) : one));
  }
  if (typeof value !== 'string') return value;
  return value.trim() === '' ? [] : value.split(',').map((one) => one.trim());
}

/** `fetch` calls no URL with a password, and says so with all of it. */
function isWithoutPassword(given: string): boolean {
  const url = URL.parse(given);
  return url?.username === '' && url.password === '';
}

function isNetwork(given: string): boolean {
  try {
    networkList([given]);
    return true;
  } catch {
    return false;
  }
}
