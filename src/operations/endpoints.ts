import { z } from 'zod';
import type { Endpoint } from '../domain/endpoint.ts';
import { invalid, notFound } from '../domain/errors.ts';
import { isId } from '../domain/ids.ts';
import { generateSecret, parseSecret } from '../domain/signatures.ts';
import { findApplication, findEndpoint } from './access.ts';
import type { Context } from './context.ts';
import {
  headers,
  headersOut,
  headersPatch,
  mergeHeaders,
  tooManyHeaders,
} from './endpoint-headers.ts';
import { endpointOut } from './endpoint-out.ts';
import { rotateSecrets, secretOut, secretRotateIn } from './endpoint-secrets.ts';
import { url } from './endpoint-url.ts';
import {
  channel,
  eventTypeName,
  isName,
  metadata,
  throttleRate,
  uid,
  uniqueList,
} from './fields.ts';
import type { EndpointOperations, Principal } from './operations.ts';
import { listOut, orderedListOptions, pageRequest } from './paging.ts';
import { policy } from './policy.ts';
import { check, fault } from './validation.ts';

const fields = {
  url,
  description: z.string().max(16_384).optional(),
  uid,
  eventTypes: uniqueList(eventTypeName, 1, 1000).nullish(),
  channels: uniqueList(channel, 1, 10).nullish(),
  disabled: z.boolean().optional(),
  throttleRate,
  metadata: metadata.optional(),
  headers: headers.nullish(),
  concurrency: z.int().min(1).max(1000).nullish(),
  ordered: z.boolean().optional(),
  policy,
};

export const endpointUpdate = z.object(fields);
export const endpointIn = endpointUpdate.extend({ secret: z.string().nullish() });
/** In a patch, an empty list means all, as null does. */
export const endpointPatch = endpointUpdate.partial().extend({
  eventTypes: uniqueList(eventTypeName, 0, 1000).nullish(),
  channels: uniqueList(channel, 0, 10).nullish(),
});
export const endpointHeadersIn = z.object({ headers });
export const endpointHeadersPatchIn = z.object({ headers: headersPatch });

export function createEndpointOperations(context: Context): EndpointOperations {
  const { storage, clock, turns } = context;

  async function find(principal: Principal, app: string, endpoint: string): Promise<Endpoint> {
    return findEndpoint(storage, await findApplication(storage, principal, app), endpoint);
  }

  async function create(
    applicationId: string,
    organizationId: string,
    input: z.output<typeof endpointIn>,
  ): Promise<Endpoint> {
    const now = clock.now();
    const key = input.secret
      ? parseSecret(input.secret, ['body', 'secret']).text
      : generateSecret();
    const endpoint: Endpoint = {
      id: context.ids.next('ep'),
      organizationId,
      applicationId,
      ...replaced(input),
      headers: input.headers ?? {},
      secrets: [{ key, expiresAt: null }],
      disabled: input.disabled ? { at: now, reason: 'manual' } : null,
      health: { failingSince: null, failedCount: 0 },
      createdAt: now,
      updatedAt: now,
    };
    await storage.endpoints.create(endpoint);
    context.directory.invalidate(applicationId);
    return endpoint;
  }

  async function change(
    principal: Principal,
    app: string,
    endpoint: string,
    edit: (endpoint: Endpoint, now: number) => Endpoint,
  ): Promise<Endpoint> {
    const { id, applicationId } = await find(principal, app, endpoint);
    return turns(applicationId, async () => {
      const now = clock.now();
      const found = await find(principal, applicationId, id);
      const edited = { ...edit(found, now), updatedAt: now };
      if (!(await storage.endpoints.update(edited, found))) throw notFound('Endpoint', endpoint);
      context.directory.invalidate(applicationId);
      context.dispatch.endpointChanged(id);
      return edited;
    });
  }

  return {
    async create(principal, app, input) {
      const { id, organizationId } = await findApplication(storage, principal, app);
      return endpointOut(await create(id, organizationId, check(endpointIn, input, 'body')));
    },

    async list(principal, app, options = {}) {
      const { id } = await findApplication(storage, principal, app);
      const page = pageRequest(check(orderedListOptions, options, 'query'), 'ep', 'descending');
      return listOut(await storage.endpoints.list(id, page), (row) => row.id, endpointOut);
    },

    async get(principal, app, endpoint) {
      return endpointOut(await find(principal, app, endpoint));
    },

    async update(principal, app, endpoint, input) {
      const application = await findApplication(storage, principal, app);
      const given = check(endpointUpdate, input, 'body');
      const existing = isName(endpoint)
        ? await storage.endpoints.get(application.id, endpoint)
        : null;
      const uid = given.uid === undefined && !isId('ep', endpoint) ? endpoint : (given.uid ?? null);
      if (existing === null) {
        if (isId('ep', endpoint)) throw notFound('Endpoint', endpoint);
        if (!isName(endpoint)) {
          throw invalid([fault('is not an accepted uid', 'path', 'endpoint_id')]);
        }
        const created = await create(application.id, application.organizationId, { ...given, uid });
        return { created: true, value: endpointOut(created) };
      }
      const value = await change(principal, application.id, existing.id, (current, now) => ({
        ...current,
        ...replaced({ ...given, uid }),
        headers: given.headers ?? current.headers,
        disabled: switched(current, given.disabled ?? false, now),
      }));
      return { created: false, value: endpointOut(value) };
    },

    async patch(principal, app, endpoint, input) {
      const given = check(endpointPatch, input, 'body');
      const value = await change(principal, app, endpoint, (current, now) => ({
        ...current,
        ...(given.url !== undefined && { url: given.url }),
        ...(given.description !== undefined && { description: given.description }),
        ...(given.uid !== undefined && { uid: given.uid }),
        ...(given.eventTypes !== undefined && { eventTypes: listOrAll(given.eventTypes) }),
        ...(given.channels !== undefined && { channels: listOrAll(given.channels) }),
        ...(given.disabled !== undefined && { disabled: switched(current, given.disabled, now) }),
        ...(given.throttleRate !== undefined && { rateLimit: given.throttleRate }),
        ...(given.metadata !== undefined && { metadata: given.metadata }),
        ...(given.headers !== undefined && { headers: given.headers ?? {} }),
        ...(given.concurrency !== undefined && { concurrency: given.concurrency }),
        ...(given.ordered !== undefined && { ordered: given.ordered }),
        ...(given.policy !== undefined && { policy: given.policy ?? {} }),
      }));
      return endpointOut(value);
    },

    async delete(principal, app, endpoint) {
      const { id, applicationId } = await find(principal, app, endpoint);
      await turns(applicationId, async () => {
        const gone = await storage.endpoints.delete(applicationId, id, clock.now());
        if (!gone) throw notFound('Endpoint', endpoint);
        context.directory.invalidate(applicationId);
        context.dispatch.endpointChanged(id);
      });
    },

    async getSecret(principal, app, endpoint) {
      return secretOut(await find(principal, app, endpoint));
    },

    async rotateSecret(principal, app, endpoint, input) {
      const given = check(secretRotateIn, input, 'body');
      await change(principal, app, endpoint, (current, now) => ({
        ...current,
        secrets: rotateSecrets(current.secrets, given, now),
      }));
    },

    async getHeaders(principal, app, endpoint) {
      return headersOut((await find(principal, app, endpoint)).headers);
    },

    async updateHeaders(principal, app, endpoint, input) {
      const given = check(endpointHeadersIn, input, 'body');
      await change(principal, app, endpoint, (current) => ({ ...current, headers: given.headers }));
    },

    async patchHeaders(principal, app, endpoint, input) {
      const given = check(endpointHeadersPatchIn, input, 'body');
      await change(principal, app, endpoint, (current) => {
        const merged = mergeHeaders(current.headers, given.headers);
        if (tooManyHeaders(merged)) {
          throw invalid([fault('would make more than 50 headers', 'body', 'headers')]);
        }
        return { ...current, headers: merged };
      });
    },
  };
}

/** The fields that an update sets whether or not they are given. */
function replaced(input: z.output<typeof endpointUpdate>) {
  return {
    url: input.url,
    description: input.description ?? '',
    uid: input.uid ?? null,
    eventTypes: listOrAll(input.eventTypes),
    channels: listOrAll(input.channels),
    rateLimit: input.throttleRate ?? null,
    metadata: input.metadata ?? {},
    concurrency: input.concurrency ?? null,
    ordered: input.ordered ?? false,
    policy: input.policy ?? {},
  };
}

function listOrAll(list: string[] | null | undefined): string[] | null {
  return list && list.length > 0 ? list : null;
}

/** Why an endpoint is disabled stays known when it is disabled once more. */
function switched(current: Endpoint, disabled: boolean, now: number): Endpoint['disabled'] {
  if (!disabled) return null;
  return current.disabled ?? { at: now, reason: 'manual' };
}
