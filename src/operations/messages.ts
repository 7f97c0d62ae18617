import { z } from 'zod';
import type { Application } from '../domain/application.ts';
import type { Handoff } from '../domain/delivery.ts';
import { PosthasteError, invalid } from '../domain/errors.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import type { Message } from '../domain/message.ts';
import { wants } from '../domain/filters.ts';
import type { NewDelivery, NewMessage } from '../storage/storage.ts';
import { findApplication, findMessage, permitted, requireOrganization } from './access.ts';
import { applicationIn, createApplication, isConflict } from './applications.ts';
import type { Context } from './context.ts';
import { channel, eventTypeName, isName, uid, uniqueList } from './fields.ts';
import { messageFilter, messageListOptions } from './message-filter.ts';
import type { MessageOperations, Principal } from './operations.ts';
import { listOut, pageRequest } from './paging.ts';
import { createPublishRate } from './publish-rate.ts';
import { check, fault } from './validation.ts';

export const messageIn = z.object({
  eventType: eventTypeName,
  eventId: uid,
  channels: uniqueList(channel, 1, 5).nullish(),
  application: applicationIn.nullish(),
  // Silence would deliver at once what was meant for later.
  deliverAt: z.null({ error: 'is not offered: messages are delivered at once' }).optional(),
});

export function createMessageOperations(context: Context): MessageOperations {
  const { storage, directory, dispatch, clock, ids } = context;
  const holdToRate = createPublishRate(clock);

  return {
    async create(principal, app, input, { payloadText, idempotencyKey } = {}) {
      requireOrganization(principal);
      const fields = check(messageIn, input, 'body');
      const payload = payloadText ?? printPayload(input);
      if (payload.length > context.maxPayloadChars) {
        throw new PosthasteError(
          'payload_too_large',
          `The payload has ${payload.length} characters; ${context.maxPayloadChars} are accepted`,
        );
      }
      const known = lookUp(principal, app);
      const found = known instanceof Promise ? await known : known;
      const application = found ?? (await bringAlong(principal, app, fields.application));
      holdToRate(application);

      const message: Message = {
        id: ids.next('msg'),
        organizationId: application.organizationId,
        applicationId: application.id,
        eventType: fields.eventType,
        uid: fields.eventId ?? null,
        channels: fields.channels ?? null,
        payload,
        createdAt: clock.now(),
      };
      const endpoints = directory.endpoints(application.id);
      const { claimed, handoffs, deliveries } = divide(
        message,
        endpoints instanceof Promise ? await endpoints : endpoints,
      );

      let stored = false;
      try {
        const [result] = await storage.acceptMessages([
          { message, claimed, deliveries, idempotencyKey: idempotencyKey ?? null },
        ]);
        if (result === undefined) throw new Error('acceptMessages gave no result');
        stored = result.accepted;
        if (!result.accepted) return await existing(message, result);
      } finally {
        if (!stored) {
          for (const { endpointId } of handoffs) dispatch.cancel(endpointId, payload.length);
        }
      }
      if (handoffs.length > 0) dispatch.handOver(handoffs);
      if (deliveries.length > 0) dispatch.wake(message.createdAt);
      return message;
    },

    async list(principal, app, options = {}) {
      const application = await findApplication(storage, principal, app);
      const checked = check(messageListOptions, options, 'query');
      const page = await storage.messages.list(application.id, {
        ...pageRequest(checked, 'msg', 'descending'),
        ...messageFilter(checked),
      });
      return listOut(
        page,
        (message) => message.id,
        (message) => message,
      );
    },

    async get(principal, app, message) {
      return findMessage(storage, await findApplication(storage, principal, app), message);
    },
  };

  function lookUp(principal: Principal, app: string) {
    return isName(app) ? directory.application(principal.organizationId, app) : null;
  }

  async function bringAlong(
    principal: Principal,
    app: string,
    input: z.output<typeof applicationIn> | null | undefined,
  ): Promise<Application> {
    if (!input) return permitted(principal, app, null);
    if (input.uid !== app) {
      throw invalid([
        fault(
          'must be the uid in the path, which does not exist yet',
          'body',
          'application',
          'uid',
        ),
      ]);
    }
    try {
      return await createApplication(context, principal.organizationId, input);
    } catch (error) {
      if (!isConflict(error)) throw error;
      return findApplication(storage, principal, app);
    }
  }

  /** Who gets it at once, with room reserved for each, and whose delivery has to wait. */
  function divide(
    message: Message,
    endpoints: readonly Endpoint[],
  ): Pick<NewMessage, 'claimed' | 'deliveries'> & { handoffs: Handoff[] } {
    const { id, applicationId, payload, createdAt } = message;
    const claim = { owner: storage.owner, until: createdAt + dispatch.claimMs };
    const handoffs: Handoff[] = [];
    const deliveries: NewDelivery[] = [];
    for (const endpoint of endpoints) {
      if (endpoint.disabled !== null || !wants(endpoint, message)) continue;
      if (endpoint.ordered || !dispatch.reserve(endpoint, payload.length)) {
        deliveries.push({ endpointId: endpoint.id, dueAt: createdAt });
        continue;
      }
      handoffs.push({
        messageId: id,
        endpointId: endpoint.id,
        applicationId,
        payload,
        attemptCount: 0,
        scheduleStep: 0,
        trigger: 'scheduled',
        claim,
      });
    }
    const endpointIds = handoffs.map(({ endpointId }) => endpointId);
    const claimed = handoffs.length > 0 ? { endpointIds, until: claim.until } : null;
    return { claimed, handoffs, deliveries };
  }

  async function existing(
    message: Message,
    { existingId, by }: { existingId: string; by: 'uid' | 'idempotencyKey' },
  ): Promise<Message> {
    const first =
      by === 'idempotencyKey'
        ? await storage.messages.get(message.applicationId, existingId)
        : null;
    if (first !== null) return first;
    throw new PosthasteError('conflict', `A message with this eventId exists: ${existingId}`);
  }
}

function printPayload(input: unknown): string {
  const { payload } = input as { payload?: unknown };
  let text: string | undefined;
  let reason = 'is required: any JSON value';
  try {
    text = JSON.stringify(payload);
  } catch (error) {
    reason = `can not be printed as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (text === undefined) {
    throw invalid([{ ...fault(reason, 'body', 'payload'), type: 'value_error.missing' }]);
  }
  return text;
}
