import { DatabaseSync } from 'node:sqlite';
import type { Clock, Random } from '../domain/clock.ts';
import {
  aFunction,
  anything,
  checkOptions,
  count,
  numberAbove0,
  numberFrom,
  type OptionCheck,
  optional,
  textOf,
} from '../domain/options.ts';
import type { FailedEntry, InboxEntry } from './inbox-entry.ts';

interface InboxSettings {
  /** How long the id of a done entry is remembered. Default: seven days. */
  readonly dedupeWindowMs?: number;
  /** Waits between runs of a failing handler: from `firstMs` (1 s), doubling up to `maximumMs` (10 min), ±20 %. */
  readonly backoff?: { readonly firstMs?: number; readonly maximumMs?: number };
  /**
   * The inbox gives up on an entry after this many runs that failed or were cut off by the end of the process.
   * Default: 50, about seven hours with the default backoff. A whole number from 1.
   */
  readonly maxRuns?: number;
  /** Called after the inbox gave up on an entry, which a person should look at. */
  readonly onGiveUp?: (entry: FailedEntry) => unknown;
  /** Called for every failed run (with its entry) and every failure to read or write the inbox. */
  readonly onError?: (error: unknown, entry: InboxEntry | null) => unknown;
  /** The clock of all waits. Setting the machine's clock must not affect it. */
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface FileInboxOptions extends InboxSettings {
  /** The inbox's own SQLite file, created when absent. A second process that opens it is refused. */
  readonly path: string;
  /**
   * When the promise resolves, the entry is done; when it rejects, the run has failed. `signal` aborts after
   * `timeoutMs`: a handler that ignores it may still be running when the entry runs again.
   */
  readonly handler: (entry: InboxEntry, signal: AbortSignal) => Promise<void> | void;
  /** How many handlers run at a time: a whole number from 1. Default: 1. */
  readonly concurrency?: number;
  /**
   * A run that takes longer has failed, even if its promise resolves later: it no longer counts towards
   * `concurrency`, and the entry runs again after its wait. Above zero; default: 30 s.
   */
  readonly timeoutMs?: number;
}

export interface DatabaseInboxOptions extends InboxSettings {
  /**
   * Your open database. The inbox adds tables named `posthaste_inbox…`, is as durable as the database's
   * `synchronous` setting, and does not close the database. Don't keep a transaction open across an `await`.
   */
  readonly database: DatabaseSync;
  /**
   * Runs inside a transaction and must not begin or end one. When it throws, everything is rolled back. It may
   * return a function to be called after the commit. A crash can lose that call, so use it only to speed up work
   * that the database already records.
   */
  readonly handler: (entry: InboxEntry) => (() => void) | void;
}

export type InboxOptions = FileInboxOptions | DatabaseInboxOptions;

/** The numbers among the options, with their defaults. */
export interface InboxNumbers {
  readonly dedupeWindowMs: number;
  readonly firstMs: number;
  readonly maximumMs: number;
  readonly maxRuns: number;
  readonly concurrency: number;
  readonly timeoutMs: number;
}

/** Throws a `validation` error that names every wrong or unknown option. */
export function inboxNumbers(options: InboxOptions): InboxNumbers {
  // `Object()`, because the options may be anything.
  const isInDatabase = Object.hasOwn(Object(options), 'database');
  checkOptions(options, isInDatabase ? DATABASE_OPTIONS : FILE_OPTIONS);
  const { concurrency = 1, timeoutMs = 30_000 } = 'path' in options ? options : {};
  const { firstMs = 1_000, maximumMs = 600_000 } = options.backoff ?? {};
  const { dedupeWindowMs = SEVEN_DAYS_MS, maxRuns = 50 } = options;
  return { dedupeWindowMs, firstMs, maximumMs, maxRuns, concurrency, timeoutMs };
}

const SETTINGS = {
  handler: aFunction,
  dedupeWindowMs: optional(numberFrom(0, 'milliseconds')),
  backoff: optional(isBackoff),
  maxRuns: optional(count),
  onGiveUp: optional(aFunction),
  onError: optional(aFunction),
  clock: anything,
  random: optional(aFunction),
} satisfies Record<keyof InboxSettings | 'handler', OptionCheck>;

const DATABASE_OPTIONS = {
  ...SETTINGS,
  database: (value) => (value instanceof DatabaseSync ? null : 'must be a DatabaseSync'),
} satisfies Record<keyof DatabaseInboxOptions, OptionCheck>;

const FILE_OPTIONS = {
  ...SETTINGS,
  path: textOf(1, 4_096),
  concurrency: optional(count),
  timeoutMs: optional(numberAbove0('milliseconds')),
} satisfies Record<keyof FileInboxOptions, OptionCheck>;

function isBackoff(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return 'must be { firstMs, maximumMs }';
  const unknown = Object.keys(value).find((name) => name !== 'firstMs' && name !== 'maximumMs');
  if (unknown !== undefined) return `may have firstMs and maximumMs, not ${unknown}`;
  const isWait = optional(numberAbove0('milliseconds'));
  const wrong = Object.entries(value).find(([, wait]) => isWait(wait) !== null);
  return wrong === undefined ? null : `${wrong[0]} ${isWait(wrong[1])}`;
}

const SEVEN_DAYS_MS = 7 * 24 * 60 * 60_000;
