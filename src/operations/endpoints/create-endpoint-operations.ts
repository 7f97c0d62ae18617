import { changeEndpoints } from '../change-endpoints.ts';
import type { z } from 'zod';
import { type Endpoint, mayAttempt } from '../../domain/endpoint.ts';
import { type FieldError, invalid, notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { isOperational } from '../../domain/operational-event.ts';
import { generateAsymmetricSecret, generateSecret, parseSecret } from '../../domain/signatures.ts';
import { nextUrl } from '../../domain/url-credentials.ts';
import { findApplication, findEndpoint } from '../access.ts';
import { editNewest } from '../edit-newest.ts';
import type { Context } from '../context.ts';
import { isName, unacceptedUid } from '../fields.ts';
import type { Keep } from '../idempotency.ts';
import { nullIfEmpty } from '../null-if-empty.ts';
import { changeOf, endpointEvent } from '../operational-webhooks/announcements.ts';
import { type Renamed, checkRenamed } from '../old-names.ts';
import { toListOut, contentlessListOptions, pageRequest } from '../paging.ts';
import type { Principal } from '../principal.ts';
import { check, fieldError, withErrors } from '../validation.ts';
import { mergeHeaders, tooManyHeaders } from './endpoint-headers.ts';
import { createEndpointAuthentication } from './endpoint-authentication.ts';
import { createEndpointSignature } from './endpoint-signature.ts';
import { createEndpointTransformation } from './endpoint-transformation.ts';
import type { EndpointOperations } from './endpoint-operations.ts';
import { toEndpointOut, toHeadersOut } from './endpoint-out.ts';
import {
  type EndpointAttemptStats,
  type EndpointOut,
  checkedEndpointIn,
  checkedEndpointUpdate,
  endpointHeadersIn,
  endpointHeadersPatchIn,
  type endpointIn,
  endpointStatsOptions,
  endpointPatch,
  endpointSecretRotateIn,
  type endpointUpdate,
} from './endpoint-schemas.ts';
import { allowedUrl } from './endpoint-url.ts';
import { statsTime } from './stats-time.ts';
import { createHeadOperations } from './create-head-operations.ts';
import { rotateSecrets, toSecretOut } from './endpoint-secrets.ts';
import { testFilter } from './test-filter.ts';
import { unknownEventTypes } from './unknown-event-types.ts';

export function createEndpointOperations(context: Context): EndpointOperations {
  const { storage, clock, editMutex, announcements, audit } = context;
  const url = allowedUrl(context.addressGuard, context.endpointHttpsOnly);
  const newSecret = context.signatureType === 'ed25519' ? generateAsymmetricSecret : generateSecret;
  const schemas = {
    create: checkedEndpointIn.extend({ url }),
    update: checkedEndpointUpdate.extend({ url }),
    patch: endpointPatch.extend({ url: url.optional() }),
  };

  async function find(principal: Principal, app: string, endpoint: string): Promise<Endpoint> {
    return findEndpoint(storage, await findApplication(storage, principal, app), endpoint);
  }

  /** The checked input, with old names replaced. Throws `validation` with every field error. */
  async function checkInput<T extends Renamed>(
    principal: Principal,
    schema: z.ZodType<T>,
    input: unknown,
    others: readonly FieldError[] = [],
  ): Promise<T> {
    const unknown = await unknownEventTypes(storage, principal, input);
    return withErrors([...others, ...unknown], () => checkRenamed(schema, input));
  }

  async function create(
    principal: Principal,
    applicationId: string,
    input: z.output<typeof endpointIn> & { paused?: boolean | undefined },
    keep?: Keep<EndpointOut>,
  ): Promise<EndpointOut> {
    const now = clock.now();
    refusePause(input.paused, false);
    const key = input.secret ? parseSecret(input.secret, ['body', 'secret']).text : newSecret();
    const endpoint: Endpoint = {
      id: context.ids.next('ep'),
      organizationId: principal.organizationId,
      applicationId,
      ...withDefaults(input),
      headers: input.headers ?? {},
      authentication: null,
      tls: null,
      signature: null,
      transformation: null,
      secrets: [{ key, expiresAt: null }],
      disabled: input.disabled ? { at: now, reason: 'manual' } : null,
      pausedAt: null,
      health: { failingSince: null, lastFailedAt: null, failedCount: 0 },
      createdAt: now,
      updatedAt: now,
    };
    const out = toEndpointOut(endpoint);
    await changeEndpoints(context, applicationId, [], () =>
      storage.endpoints.create(
        endpoint,
        keep?.(out),
        endpointEvent(announcements, 'endpoint.created', endpoint),
        audit(principal, { applicationId, endpointId: endpoint.id }),
      ),
    );
    if (isOperational(endpoint.organizationId)) announcements.want();
    announcements.kept();
    return out;
  }

  async function edit(
    principal: Principal,
    app: string,
    endpoint: string,
    apply: (endpoint: Endpoint, now: number) => Endpoint,
    keep?: Keep<Endpoint>,
  ): Promise<Endpoint> {
    const { id, applicationId } = await find(principal, app, endpoint);
    const edited = await editMutex(applicationId, () =>
      editNewest({
        clock,
        find: () => find(principal, applicationId, id),
        apply: (found) => apply(found, clock.now()),
        update: (edited, found) =>
          changeEndpoints(context, applicationId, [id], () => {
            const event = endpointEvent(announcements, changeOf(edited, found), edited);
            const entry = audit(principal, { applicationId, endpointId: id });
            return storage.endpoints.update(edited, found, keep?.(edited), event, entry);
          }),
      }),
    );
    announcements.kept();
    return edited;
  }

  async function countAttempts(
    principal: Principal,
    app: string,
    endpoint: string,
    options: unknown = {},
  ): Promise<EndpointAttemptStats> {
    const { id } = await find(principal, app, endpoint);
    const time = statsTime(check(endpointStatsOptions, options, 'query'), clock.now());
    const { succeeded, failed } = await storage.attempts.count(id, time);
    return { success: succeeded, fail: failed, canceled: 0 };
  }

  return {
    ...createHeadOperations(context),

    async create(principal, app, input, keep) {
      const { id } = await findApplication(storage, principal, app);
      const given = await checkInput(principal, schemas.create, input);
      return create(principal, id, given, keep);
    },

    async list(principal, app, options = {}) {
      const { id } = await findApplication(storage, principal, app);
      const page = pageRequest(check(contentlessListOptions, options, 'query'), 'ep', 'descending');
      return toListOut(await storage.endpoints.list(id, page), (row) => row.id, toEndpointOut);
    },

    async get(principal, app, endpoint) {
      return toEndpointOut(await find(principal, app, endpoint));
    },

    async update(principal, app, endpoint, input) {
      const application = await findApplication(storage, principal, app);
      const unaccepted = unacceptedUid('ep', endpoint);
      const given = await checkInput(principal, schemas.update, input, unaccepted);
      const existing = isName(endpoint)
        ? await storage.endpoints.get(application.id, endpoint)
        : null;
      const uid = given.uid === undefined && !isId('ep', endpoint) ? endpoint : (given.uid ?? null);
      if (existing === null) {
        if (isId('ep', endpoint)) throw notFound('Endpoint', endpoint);
        const value = await create(principal, application.id, { ...given, uid });
        return { created: true, value };
      }
      const value = await edit(principal, application.id, existing.id, (current, now) => {
        refusePause(given.paused, current.pausedAt !== null);
        return {
          ...current,
          ...withDefaults({ ...given, uid, url: nextUrl(current.url, given.url) }),
          headers: given.headers ?? current.headers,
          disabled: nextDisabled(current, given.disabled ?? false, now),
        };
      });
      return { created: false, value: toEndpointOut(value) };
    },

    async patch(principal, app, endpoint, input) {
      const given = await checkInput(principal, schemas.patch, input);
      const value = await edit(principal, app, endpoint, (current, now) => {
        refusePause(given.paused, current.pausedAt !== null);
        return {
          ...current,
          ...(given.url !== undefined && { url: nextUrl(current.url, given.url) }),
          ...(given.description !== undefined && { description: given.description ?? '' }),
          ...(given.uid !== undefined && { uid: given.uid }),
          ...(given.eventTypes !== undefined && { eventTypes: nullIfEmpty(given.eventTypes) }),
          ...(given.channels !== undefined && { channels: nullIfEmpty(given.channels) }),
          ...(given.filter !== undefined && { filter: given.filter }),
          ...(given.disabled !== undefined && {
            disabled: nextDisabled(current, given.disabled, now),
          }),
          ...(given.throttleRate !== undefined && { rateLimit: given.throttleRate }),
          ...(given.version !== undefined && { version: given.version ?? 1 }),
          ...(given.metadata !== undefined && { metadata: given.metadata ?? {} }),
          ...(given.headers !== undefined && { headers: given.headers ?? {} }),
          ...(given.concurrency !== undefined && { concurrency: given.concurrency }),
          ...(given.ordered !== undefined && { ordered: given.ordered }),
          ...(given.policy !== undefined && { policy: given.policy ?? {} }),
        };
      });
      return toEndpointOut(value);
    },

    async pause(principal, app, endpoint, keep) {
      return toEndpointOut(
        await edit(
          principal,
          app,
          endpoint,
          (current, now) => ({ ...current, pausedAt: current.pausedAt ?? now }),
          keep && ((coming) => keep(toEndpointOut(coming))),
        ),
      );
    },

    async resume(principal, app, endpoint, keep) {
      return toEndpointOut(
        await edit(
          principal,
          app,
          endpoint,
          (current) => ({ ...current, pausedAt: null }),
          keep && ((coming) => keep(toEndpointOut(coming))),
        ),
      );
    },

    async delete(principal, app, endpoint) {
      const found = await find(principal, app, endpoint);
      const { id, applicationId } = found;
      await editMutex(applicationId, async () => {
        const now = clock.now();
        const deleted = { ...found, updatedAt: now };
        const event = endpointEvent(announcements, 'endpoint.deleted', deleted);
        const isDeleted = await changeEndpoints(context, applicationId, [id], () =>
          storage.endpoints.delete(
            applicationId,
            id,
            now,
            event,
            audit(principal, { applicationId, endpointId: id }),
          ),
        );
        if (!isDeleted) throw notFound('Endpoint', endpoint);
      });
      announcements.kept();
    },

    async getSecret(principal, app, endpoint) {
      return toSecretOut(await find(principal, app, endpoint));
    },

    async rotateSecret(principal, app, endpoint, input, keep) {
      const given = check(endpointSecretRotateIn, input ?? {}, 'body');
      const rotated = await edit(
        principal,
        app,
        endpoint,
        (current, now) => ({
          ...current,
          secrets: rotateSecrets(current.secrets, given, now),
        }),
        keep && ((coming) => keep(toSecretOut(coming))),
      );
      return toSecretOut(rotated);
    },

    async stats(principal, app, endpoint, options) {
      const counted = await countAttempts(principal, app, endpoint, options);
      return { ...counted, pending: 0, sending: 0 };
    },

    attemptStats: countAttempts,

    ...createEndpointAuthentication(context, { find, edit }),

    ...createEndpointSignature({ find, edit }),

    async rateLimitStatus(principal, app, endpoint) {
      const found = await find(principal, app, endpoint);
      // Deliveries of an endpoint that is paused, disabled, or without a rate wait for another reason.
      const mayWait = found.rateLimit !== null && mayAttempt(found);
      const waits =
        mayWait &&
        (storage.fleet.knownOf([found.id]).get(found.id)?.paced === true ||
          (await storage.tasks.dueCount(found.id, clock.scheduleNow(), 1)) > 0);
      return { status: waits ? 'RateLimited' : 'Ok' };
    },

    ...createEndpointTransformation(context, { find, edit }),

    async testFilter(principal, app, endpoint, input) {
      return testFilter(storage, await find(principal, app, endpoint), input);
    },

    async getHeaders(principal, app, endpoint) {
      return toHeadersOut((await find(principal, app, endpoint)).headers);
    },

    async updateHeaders(principal, app, endpoint, input) {
      const given = check(endpointHeadersIn, input, 'body');
      await edit(principal, app, endpoint, (current) => ({ ...current, headers: given.headers }));
    },

    async patchHeaders(principal, app, endpoint, input) {
      const given = check(endpointHeadersPatchIn, input, 'body');
      await edit(principal, app, endpoint, (current) => {
        const merged = mergeHeaders(
          current.headers,
          given.headers ?? {},
          given.deleteHeaders ?? [],
        );
        if (tooManyHeaders(merged)) {
          throw invalid([fieldError('would exceed 50 headers', 'body', 'headers')]);
        }
        return { ...current, headers: merged };
      });
    },
  };
}

/** The fields that every update sets, with defaults for absent ones. */
function withDefaults(input: z.output<typeof endpointUpdate>) {
  return {
    url: input.url,
    description: input.description ?? '',
    uid: input.uid ?? null,
    eventTypes: nullIfEmpty(input.eventTypes),
    channels: nullIfEmpty(input.channels),
    filter: input.filter ?? null,
    rateLimit: input.throttleRate ?? null,
    version: input.version ?? 1,
    metadata: input.metadata ?? {},
    concurrency: input.concurrency ?? null,
    ordered: input.ordered ?? false,
    policy: input.policy ?? {},
  };
}

/** Disabling a disabled endpoint keeps the instant and reason of the first disabling. */
function nextDisabled(current: Endpoint, disabled: boolean, now: number): Endpoint['disabled'] {
  if (!disabled) return null;
  return current.disabled ?? { at: now, reason: 'manual' };
}

/**
 * PUT and PATCH accept the present value of `paused`, so that an answer can be sent back, and refuse another one:
 * a client that replaces an endpoint with its own configuration would resume an endpoint that a person paused.
 */
function refusePause(given: boolean | undefined, isPaused: boolean): void {
  if (given === undefined || given === isPaused) return;
  throw invalid([
    fieldError('can be changed only by POST …/pause and POST …/resume', 'body', 'paused'),
  ]);
}
