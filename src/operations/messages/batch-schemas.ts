import { z } from 'zod';
import { plainText } from '../fields.ts';
import { fieldErrors, messageIn } from './message-schemas.ts';

/** Most messages of one request; a commit of this many takes some milliseconds. */
const MOST_MESSAGES = 1_000;

/** The idempotency key of one message, as for a single publish. */
export const itemKey: z.ZodType<string | null | undefined> = plainText.min(1).max(256).nullish();

/** The batch as a whole; each message is checked by itself. */
export const checkedMessageBatchIn: z.ZodType<{ messages: unknown[] }> = z.strictObject({
  messages: z.array(z.unknown()).min(1).max(MOST_MESSAGES),
});

/** The batch for the API's description. */
export const messageBatchIn: z.ZodType = z.strictObject({
  messages: z
    .array(messageIn.omit({ application: true }).extend({ idempotencyKey: itemKey }))
    .min(1)
    .max(MOST_MESSAGES),
});

/** The result of one message; `status` is the status code that a single publish would have got. */
const batchResultOut = z.union([
  z.object({
    status: z.literal(202),
    id: z.string(),
    eventId: z.string().nullable(),
    timestamp: z.string(),
    warnings: fieldErrors.optional(),
  }),
  z.object({
    status: z.int(),
    code: z.string(),
    detail: z.union([z.string(), fieldErrors]),
  }),
]);

export const messageBatchOut: z.ZodObject<{ results: z.ZodArray<typeof batchResultOut> }> =
  z.object({ results: z.array(batchResultOut) });
