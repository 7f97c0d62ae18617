import { invalid } from '../../domain/errors.ts';
import { idTime } from '../../domain/ids.ts';
import { findApplication } from '../access.ts';
import type { Context } from '../context.ts';
import { givenLifetimes, lifetimesOf } from '../messages/lifetimes.ts';
import { readMessage } from '../messages/read-message.ts';
import { fieldError } from '../validation.ts';
import type { OutboxOperations } from './outbox-operations.ts';
import { createOutboxRelay } from './relay-outbox.ts';

export function createOutboxOperations(context: Context): OutboxOperations {
  return {
    async send(principal, app, input, send, { traceparent = null } = {}) {
      const { fields, payload, contentType, headers } = readMessage(
        input,
        undefined,
        context.maxPayloadChars,
      );
      const errors = givenLifetimes(fields).map((name) =>
        fieldError('is not supported inside your transaction', 'body', name),
      );
      if (fields.application) {
        errors.push(fieldError('cannot be created inside your transaction', 'body', 'application'));
      }
      if (fields.tags?.length) {
        errors.push(fieldError('is not supported inside your transaction', 'body', 'tags'));
      }
      if (errors.length > 0) throw invalid(errors);
      const application = await findApplication(context.storage, principal, app);
      const { organizationId } = application;
      const { eventType, eventId: uid = null, channels = null } = fields;
      const row = {
        organizationId,
        eventType,
        payload,
        eventId: uid,
        channels,
        contentType,
        headers,
      };
      const id = await send({ ...row, application: application.id, traceparent });
      return {
        id,
        organizationId,
        applicationId: application.id,
        eventType,
        uid,
        channels,
        tags: null,
        payload,
        contentType,
        headers,
        createdAt: idTime(id),
        ...lifetimesOf({}, application, idTime(id)),
      };
    },

    relay: createOutboxRelay(context),
  };
}
