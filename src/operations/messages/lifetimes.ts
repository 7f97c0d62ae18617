import { z } from 'zod';
import type { Application } from '../../domain/application.ts';
import type { Clock } from '../../domain/clock.ts';
import { invalid } from '../../domain/errors.ts';
import type { Message } from '../../domain/message.ts';
import { instant } from '../instant.ts';
import { fieldError } from '../validation.ts';

/** When a message is due, and how long its payload is kept. */
export const lifetimeFields = {
  /** The message is not sent before this instant, at most 30 days ahead. A past instant means: at once. */
  deliverAt: instant,
  /**
   * Days for which the payload is kept, 5 to 90. 90 has the same meaning as an absent value (the setting of the
   * application or organization applies), because Svix's client libraries send 90 by default.
   */
  payloadRetentionPeriod: z.int().min(5).max(90).nullish(),
  /** `payloadRetentionPeriod` in hours, 1 to 2160. */
  payloadRetentionHours: z.int().min(1).max(2160).nullish(),
};

/** Retention in days for the messages of an application that have no value of their own. Additive. */
export const payloadRetentionOfApplication = z.int().min(5).max(90).nullish();

interface Lifetimes {
  readonly deliverAt?: number | null | undefined;
  readonly payloadRetentionPeriod?: number | null | undefined;
  readonly payloadRetentionHours?: number | null | undefined;
}

/** The instants that the fields mean for a message published now. Throws `validation`. */
export function lifetimesOf(
  { deliverAt = null, payloadRetentionPeriod = null, payloadRetentionHours = null }: Lifetimes,
  { payloadRetentionDays }: Pick<Application, 'payloadRetentionDays'>,
  now: number,
): Pick<Message, 'deliverAt' | 'expiresAt'> {
  const days = payloadRetentionPeriod === DEFAULT_DAYS ? null : payloadRetentionPeriod;
  if (deliverAt !== null && deliverAt > now + FARTHEST_MS) {
    throw invalid([fieldError('must be at most 30 days ahead', 'body', 'deliverAt')]);
  }
  if (days !== null && payloadRetentionHours !== null) {
    const msg = 'has the same meaning as payloadRetentionPeriod: give only one of them';
    throw invalid([fieldError(msg, 'body', 'payloadRetentionHours')]);
  }
  const hours = payloadRetentionHours ?? hoursOf(days ?? payloadRetentionDays);
  return {
    deliverAt: deliverAt !== null && deliverAt > now ? deliverAt : null,
    expiresAt: hours === null ? null : now + hours * HOUR_MS,
  };
}

/** When the message is due, by the schedule's clock. */
export function dueAtOf(
  { deliverAt }: Pick<Message, 'deliverAt'>,
  clock: Pick<Clock, 'now' | 'scheduleNow'>,
): number {
  const waitMs = deliverAt === null ? 0 : Math.max(0, deliverAt - clock.now());
  return clock.scheduleNow() + waitMs;
}

type Lived = Pick<Message, 'createdAt' | 'deliverAt' | 'expiresAt'>;

/** Whether a repetition asks for the delivery time and the retention of the first message. */
export function hasSameLifetimes(first: Lived, repetition: Lived): boolean {
  return isDueTheSame(first, repetition) && isKeptTheSame(first, repetition);
}

/** An instant in the past means: at once. So the repetition has null when the instant has passed meanwhile. */
function isDueTheSame({ deliverAt }: Lived, repetition: Lived): boolean {
  if (deliverAt === null || repetition.deliverAt !== null) {
    return deliverAt === repetition.deliverAt;
  }
  return deliverAt <= repetition.createdAt;
}

function isKeptTheSame(first: Lived, repetition: Lived): boolean {
  const keptMs = keptMsOf(first);
  // A publisher's retention is whole hours. Another time was set by the process that removes payloads.
  return keptMs === keptMsOf(repetition) || (keptMs !== null && keptMs % HOUR_MS !== 0);
}

function keptMsOf({ expiresAt, createdAt }: Lived): number | null {
  return expiresAt === null ? null : expiresAt - createdAt;
}

/** Names of the fields that are given. */
export function givenLifetimes(fields: Lifetimes): string[] {
  const { deliverAt, payloadRetentionPeriod, payloadRetentionHours } = fields;
  const days = payloadRetentionPeriod === DEFAULT_DAYS ? null : payloadRetentionPeriod;
  return Object.entries({ deliverAt, payloadRetentionPeriod: days, payloadRetentionHours })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name]) => name);
}

function hoursOf(days: number | null): number | null {
  return days === null ? null : days * 24;
}

const HOUR_MS = 3_600_000;
const FARTHEST_MS = 30 * 24 * HOUR_MS;
const DEFAULT_DAYS = 90;
