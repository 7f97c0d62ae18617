import { z } from 'zod';
import type { MessageFilter } from '../storage/storage.ts';
import { channel, eventTypeName, uniqueList } from './fields.ts';
import { flag, listOptions } from './paging.ts';

/** Options that lists of messages and of attempts share. Instants come out as milliseconds. */

const INSTANT_FORM = { error: 'must be an instant in ISO 8601, such as 2026-01-31T12:00:00Z' };

const instant = z
  .union([z.date(), z.iso.datetime({ ...INSTANT_FORM, offset: true })], INSTANT_FORM)
  .transform((value) => new Date(value).getTime())
  .nullish();

const namesOrText = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value.split(',')
      : Array.isArray(value)
        ? value.flatMap((entry: unknown) => (typeof entry === 'string' ? entry.split(',') : entry))
        : value,
  uniqueList(eventTypeName, 1, 100).nullish(),
);

export const messageListOptions = listOptions.extend({
  channel: channel.nullish(),
  eventTypes: namesOrText,
  before: instant,
  after: instant,
  withContent: flag.default(true),
});

export function messageFilter(options: z.output<typeof messageListOptions>): MessageFilter {
  return {
    ...(options.channel && { channel: options.channel }),
    ...(options.eventTypes && { eventTypes: options.eventTypes }),
    ...(typeof options.before === 'number' && { createdBefore: options.before }),
    ...(typeof options.after === 'number' && { createdAfter: options.after }),
  };
}
