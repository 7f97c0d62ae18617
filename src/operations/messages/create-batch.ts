import { createHash } from 'node:crypto';
import type { Application } from '../../domain/application.ts';
import { PosthasteError, invalid } from '../../domain/errors.ts';
import type { Handoff } from '../../domain/delivery.ts';
import type { Endpoint } from '../../domain/endpoint.ts';
import { type Message, contentChars } from '../../domain/message.ts';
import type { AcceptResult, NewMessage } from '../../storage/storage.ts';
import type { Context } from '../context.ts';
import { check, fieldError } from '../validation.ts';
import { answerDuplicate } from './answer-duplicate.ts';
import { checkedMessageBatchIn, itemKey } from './batch-schemas.ts';
import { fanOut } from './fan-out.ts';
import { dueAtOf, lifetimesOf } from './lifetimes.ts';
import type { BatchResult } from './message-operations.ts';
import type { Warnings } from '../payload-rules/payload-rules.ts';
import { readMessage } from './read-message.ts';
import { publishBody } from './read-publish.ts';

export interface BatchParts {
  readonly enforceRate: (application: Application) => void;
  readonly handOver: (handoffs: readonly Handoff[]) => void;
  readonly send: (handoffs: readonly Handoff[]) => void;
}

interface Item {
  readonly message: Message;
  readonly accept: NewMessage;
  readonly handoffs: readonly Handoff[];
  readonly sent: readonly Handoff[];
  readonly warnings: Warnings;
  /** Where the idempotency key was given, if not in the header. */
  readonly keyPlace: readonly string[] | undefined;
}

/** The messages of a batch, each unchecked. Throws `validation`. */
export function batchItems(input: unknown): readonly unknown[] {
  return check(checkedMessageBatchIn, input, 'body').messages;
}

/** Accepts many messages of an application in one commit, each with a result of its own. */
export async function createBatch(
  context: Context,
  parts: BatchParts,
  application: Application,
  {
    inputs,
    texts,
  }: { readonly inputs: readonly unknown[]; readonly texts: readonly string[] | null },
  requestKey: string | null,
  trace: string | undefined,
): Promise<BatchResult[]> {
  const { clock, endpointCache, intake } = context;
  const endpoints = await endpointCache.endpoints(application.id);
  const keyOf = itemKeys(requestKey);
  const results: (BatchResult | null)[] = [];
  const items = new Map<number, Item>();
  let stored: readonly (AcceptResult | PosthasteError)[] = [];
  // Messages that are not accepted give their capacity back, also when the storage fails between two items.
  try {
    for (const [index, input] of inputs.entries()) {
      try {
        items.set(index, await itemOf(input, texts?.[index], keyOf(index)));
        results.push(null);
      } catch (error) {
        results.push(refusal(error));
      }
    }
    stored = await acceptAll(context, [...items.values()]);
  } finally {
    for (const [at, { handoffs, message }] of [...items.values()].entries()) {
      if (isAccepted(stored[at])) continue;
      const chars = contentChars(message);
      for (const { endpointId } of handoffs) intake.cancel(endpointId, chars);
    }
  }
  let at = 0;
  for (const [index, { message, accept, handoffs, sent, warnings, keyPlace }] of items) {
    const result = stored[at++];
    results[index] = withWarnings(await resultOf(context, message, result, keyPlace), warnings);
    if (!isAccepted(result)) continue;
    context.countAccepted(message);
    if (handoffs.length > 0) parts.handOver(handoffs);
    if (sent.length > 0) parts.send(sent);
    for (const { dueAt, handedOver = false } of accept.deliveries) {
      if (!handedOver) intake.wake(dueAt);
    }
  }
  return results.filter((result) => result !== null);

  /** Reads one item. Throws the reason of its refusal. */
  async function itemOf(
    input: unknown,
    text: string | undefined,
    keyOfRequest: string | null,
  ): Promise<Item> {
    const { key, fields: given } = apart(input);
    const { fields: known, payloadText } =
      text === undefined ? { fields: given, payloadText: undefined } : publishBody(given, text);
    const read = readMessage(known, payloadText, context.maxPayloadChars);
    if (read.fields.application) {
      throw invalid([fieldError('is not supported in a batch', 'body', 'application')]);
    }
    const checked = context.payloadRules.check(application.organizationId, {
      eventType: read.fields.eventType,
      payload: read.payload,
      contentType: read.contentType,
    });
    const warnings = checked instanceof Promise ? await checked : checked;
    const now = clock.now();
    const lifetimes = lifetimesOf(read.fields, application, now);
    parts.enforceRate(application);
    const message: Message = {
      id: context.ids.next('msg'),
      organizationId: application.organizationId,
      applicationId: application.id,
      eventType: read.fields.eventType,
      uid: read.fields.eventId ?? null,
      channels: read.fields.channels ?? null,
      tags: read.fields.tags?.length ? read.fields.tags : null,
      payload: read.payload,
      contentType: read.contentType,
      headers: read.headers,
      createdAt: now,
      ...lifetimes,
    };
    const owed = owedItem(context, message, endpoints, key ?? keyOfRequest, trace);
    return { ...owed, warnings, keyPlace: key === null ? undefined : KEY_PLACE };
  }
}

const KEY_PLACE = ['body', 'idempotencyKey'];

function owedItem(
  context: Context,
  message: Message,
  endpoints: readonly Endpoint[],
  idempotencyKey: string | null,
  trace: string | undefined,
): Omit<Item, 'warnings' | 'keyPlace'> {
  const dueAt = dueAtOf(message, context.clock);
  const owed = fanOut(context, message, endpoints, dueAt, trace);
  const { claimed, deliveries, handoffs, sent } = owed;
  const accept = { message, claimed, deliveries, idempotencyKey, trace };
  return { message, accept, handoffs, sent };
}

/** Stores all in one commit; one by one when the storage can't write a value of some message. */
async function acceptAll(
  { storage }: Context,
  items: readonly Item[],
): Promise<(AcceptResult | PosthasteError)[]> {
  if (items.length === 0) return [];
  try {
    return await storage.acceptMessages(items.map(({ accept }) => accept));
  } catch (error) {
    if (!isRejected(error)) throw error;
  }
  const results: (AcceptResult | PosthasteError)[] = [];
  for (const { accept } of items) {
    const [result] = await storage.acceptMessages([accept]).catch((error: unknown) => {
      if (isRejected(error)) return [error];
      throw error;
    });
    if (result !== undefined) results.push(result);
  }
  return results;
}

async function resultOf(
  { storage }: Context,
  message: Message,
  result: AcceptResult | PosthasteError | undefined,
  keyPlace: readonly string[] | undefined,
): Promise<BatchResult> {
  if (result === undefined) throw new Error('acceptMessages gave no result');
  if (result instanceof PosthasteError) return refusal(result);
  if (result.accepted) return { message };
  try {
    return { message: await answerDuplicate(storage, message, result, keyPlace) };
  } catch (error) {
    return refusal(error);
  }
}

function withWarnings(result: BatchResult, warnings: Warnings): BatchResult {
  if (warnings === null || 'error' in result) return result;
  return { message: { ...result.message, warnings } };
}

/** The item's own idempotency key, and its other members. Throws `validation`. */
function apart(input: unknown): { key: string | null; fields: unknown } {
  if (typeof input !== 'object' || input === null) return { key: null, fields: input };
  if (Object.hasOwn(input, '__proto__')) {
    throw invalid([fieldError('is not an accepted field', 'body', '__proto__')]);
  }
  const { idempotencyKey, ...fields } = input as { idempotencyKey?: unknown };
  return { key: check(itemKey, idempotencyKey, 'body', 'idempotencyKey') ?? null, fields };
}

/** Derives a key for each position from the key of the request, so that a repeated request publishes each message once. */
function itemKeys(requestKey: string | null): (index: number) => string | null {
  if (requestKey === null) return () => null;
  const hash = createHash('sha256').update(requestKey).digest('base64url');
  return (index) => `batch ${hash} ${index}`;
}

function refusal(error: unknown): BatchResult {
  if (error instanceof PosthasteError && error.status < 500) return { error };
  if (isRejected(error)) return { error };
  throw error;
}

function isAccepted(result: AcceptResult | PosthasteError | undefined): boolean {
  return result !== undefined && 'accepted' in result && result.accepted;
}

function isRejected(error: unknown): error is PosthasteError {
  return error instanceof PosthasteError && error.code === 'storage_rejected';
}
