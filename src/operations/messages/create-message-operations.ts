import { type Message, contentChars, isExpunged } from '../../domain/message.ts';
import { findApplication, findMessage, requireVisible } from '../access.ts';
import type { Context } from '../context.ts';
import { isName } from '../fields.ts';
import { toListOut, pageRequest } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check } from '../validation.ts';
import { batchItems, createBatch } from './create-batch.ts';
import { answerDuplicate } from './answer-duplicate.ts';
import { createDeferredHandOver } from './deferred-hand-over.ts';
import { fanOut } from './fan-out.ts';
import { createInlineApplication } from './inline-application.ts';
import type { MessageOperations, PublishedMessage } from './message-operations.ts';
import {
  type BulkExpungeContentsOut,
  bulkExpungeIn,
  messageFilter,
  messageListOptions,
} from './message-schemas.ts';
import { EXPIRED } from './message-out.ts';
import { createPrecheck } from './precheck.ts';
import { createPublishRate } from './publish-rate.ts';
import { PublishTurns, turnWeight } from './publish-turns.ts';
import { dueAtOf, lifetimesOf } from './lifetimes.ts';
import { readMessage } from './read-message.ts';
import { routingOf } from './routing.ts';
import { createRoutingList } from './routing-list.ts';
import { createSendExample } from './send-example.ts';

export function createMessageOperations(context: Context): MessageOperations {
  const { storage, endpointCache, intake, clock, ids, payloadRules } = context;
  const enforceRate = createPublishRate(clock);
  const handOver = createDeferredHandOver((handoffs) => intake.handOver(handoffs));
  const send = createDeferredHandOver((handoffs) => intake.send(handoffs));
  const turns = new PublishTurns();

  return {
    async create(principal, app, input, options = {}) {
      const { payloadText, idempotencyKey = null, explain = false, trace } = options;
      const { fields, payload, contentType, headers } = readMessage(
        input,
        payloadText,
        context.maxPayloadChars,
      );
      // Synchronous when the cache has the application: an await would cost each publish a turn of the event loop.
      const cached = lookUpApplication(principal, app);
      const found = cached instanceof Promise ? await cached : cached;
      const application =
        found === null
          ? await createInlineApplication(context, principal, app, fields.application)
          : requireVisible(principal, app, found);
      const checked = payloadRules.check(application.organizationId, {
        eventType: fields.eventType,
        payload,
        contentType,
      });
      const warnings = checked instanceof Promise ? await checked : checked;
      const now = clock.now();
      const lifetimes = lifetimesOf(fields, application, now);
      enforceRate(application);

      const weight = turnWeight(contentChars({ payload, headers }));
      const turn = turns.begin(application, weight);
      if (turn !== undefined) await turn;
      try {
        const message = await accept(
          {
            id: ids.next('msg'),
            organizationId: application.organizationId,
            applicationId: application.id,
            eventType: fields.eventType,
            uid: fields.eventId ?? null,
            channels: fields.channels ?? null,
            tags: fields.tags?.length ? fields.tags : null,
            payload,
            contentType,
            headers,
            createdAt: now,
            ...lifetimes,
          },
          idempotencyKey,
          explain,
          trace,
        );
        return warnings === null ? message : { ...message, warnings };
      } finally {
        turns.end(application, weight);
      }
    },

    async createBatch(principal, app, body, { idempotencyKey = null, trace } = {}) {
      const cached = lookUpApplication(principal, app);
      const application = requireVisible(principal, app, await cached);
      const inputs = batchItems(body.input);
      const weight = inputs.reduce<number>(
        (sum, _, index) => sum + turnWeight(body.texts?.[index]?.length ?? 0),
        0,
      );
      const turn = turns.begin(application, weight);
      if (turn !== undefined) await turn;
      try {
        const parts = { enforceRate, handOver, send };
        const batch = { inputs, texts: body.texts };
        return await createBatch(context, parts, application, batch, idempotencyKey, trace);
      } finally {
        turns.end(application, weight);
      }
    },

    async list(principal, app, options = {}) {
      const application = await findApplication(storage, principal, app);
      const checked = check(messageListOptions, options, 'query');
      const page = await storage.messages.list(application.id, {
        ...pageRequest(checked, 'msg', 'descending'),
        ...messageFilter(checked),
      });
      return toListOut(
        page,
        (message) => message.id,
        (message) => message,
      );
    },

    async get(principal, app, message) {
      return findMessage(storage, await findApplication(storage, principal, app), message);
    },

    routing: createRoutingList(context),

    async rawPayload(principal, app, message) {
      const application = await findApplication(storage, principal, app);
      const found = await findMessage(storage, application, message);
      return { payload: isExpunged(found) ? EXPIRED : found.payload };
    },

    precheck: createPrecheck(context),

    async bulkExpunge(principal, app, input, keep) {
      const application = await findApplication(storage, principal, app);
      const names = check(bulkExpungeIn, input, 'body').ids ?? [];
      const idOf = new Map<string, string>();
      for (const name of names) {
        // One after another, because each is read with its payload.
        const found = await storage.messages.get(application.id, name);
        if (found !== null) idOf.set(name, found.id);
      }
      const results = names.map((name) => [name, idOf.has(name) ? 'expunged' : 'not-found']);
      const out = { results: Object.fromEntries(results) as BulkExpungeContentsOut['results'] };
      const ids = [...new Set(idOf.values())];
      const objects = { applicationId: application.id, messageIds: ids.join(',') };
      await storage.expunge(application.id, ids, keep?.(out), context.audit(principal, objects));
      return out;
    },

    async cancel(principal, app, message, keep) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const objects = { applicationId: application.id, messageId: id };
      const entry = context.audit(principal, objects);
      await storage.cancelMessage(application.id, id, keep?.(), entry);
    },

    sendExample: createSendExample(context),

    async expungeContent(principal, app, message) {
      const application = await findApplication(storage, principal, app);
      const { id } = await findMessage(storage, application, message);
      const objects = { applicationId: application.id, messageId: id };
      await storage.expunge(application.id, [id], undefined, context.audit(principal, objects));
    },
  };

  /** Stores the message with its deliveries, and hands over those with capacity. */
  async function accept(
    message: Message,
    idempotencyKey: string | null,
    explain: boolean,
    trace: string | undefined,
  ): Promise<PublishedMessage> {
    const cached = endpointCache.endpoints(message.applicationId);
    const endpoints = cached instanceof Promise ? await cached : cached;
    const dueAt = dueAtOf(message, clock);
    const owed = fanOut(context, message, endpoints, dueAt, trace);
    const { claimed, handoffs, sent, deliveries } = owed;
    let stored = false;
    try {
      const [result] = await storage.acceptMessages([
        { message, claimed, deliveries, idempotencyKey, trace },
      ]);
      if (result === undefined) throw new Error('acceptMessages gave no result');
      stored = result.accepted;
      if (!result.accepted) {
        const first = await answerDuplicate(storage, message, result);
        return explain ? { ...first, routing: routingOf(first, endpoints) } : first;
      }
    } finally {
      if (!stored) {
        const chars = contentChars(message);
        for (const { endpointId } of handoffs) intake.cancel(endpointId, chars);
      }
    }
    context.countAccepted(message);
    if (handoffs.length > 0) handOver(handoffs);
    if (sent.length > 0) send(sent);
    if (deliveries.length > sent.length) intake.wake(dueAt);
    return explain ? { ...message, routing: routingOf(message, endpoints) } : message;
  }

  function lookUpApplication(principal: Principal, app: string) {
    return isName(app) ? endpointCache.application(principal.organizationId, app) : null;
  }
}
