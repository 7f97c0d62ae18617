import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import type { Application } from '../../domain/application.ts';
import { PosthasteError, invalid, notFound } from '../../domain/errors.ts';
import { isId } from '../../domain/ids.ts';
import { type Listener, type ListenerRequest, listenerUrl } from '../../domain/listener.ts';
import { findApplication } from '../access.ts';
import type { Context } from '../context.ts';
import type { EndpointOperations } from '../endpoints/endpoint-operations.ts';
import type { Principal } from '../principal.ts';
import { check, fieldError, withErrors } from '../validation.ts';
import type { ListenerOperations } from './listener-operations.ts';
import {
  type ListenerRequestsOut,
  listenerAnswerIn,
  listenerIn,
  listenerRequestsOptions,
} from './listener-schemas.ts';

export function createListenerOperations(
  { storage, clock, listenerNotes }: Context,
  endpoints: Pick<EndpointOperations, 'update' | 'delete'>,
): ListenerOperations {
  const { listeners } = storage;
  let waitingCount = 0;

  async function find(principal: Principal, app: string, id: string): Promise<Listener> {
    const application = await findApplication(storage, principal, app);
    const found = ID.test(id) ? await listeners.get(id, clock.scheduleNow()) : null;
    if (found?.applicationId !== application.id) throw notFound('Listener', id);
    return found;
  }

  async function renew(application: Pick<Application, 'id'>, principal: Principal, id: string) {
    const expiresAt = clock.scheduleNow() + LIFETIME_MS;
    const { organizationId } = principal;
    const listener = { id, organizationId, applicationId: application.id, expiresAt };
    if (!(await listeners.keep(listener))) throw notFound('Listener', id);
    return new Date(clock.now() + LIFETIME_MS).toISOString();
  }

  /** Resolves when a request for the listener was stored in this process, or when it is time to poll. */
  async function pause(id: string, signal: AbortSignal | undefined): Promise<void> {
    const ended = new AbortController();
    const either = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal]);
    try {
      await Promise.race([
        once(listenerNotes, `asked ${id}`, { signal: either }),
        sleep(LOOK_EVERY_MS, undefined, { signal: either }),
      ]).catch(() => undefined);
    } finally {
      ended.abort();
    }
  }

  return {
    async open(principal, app, id, input) {
      const application = await findApplication(storage, principal, app);
      const given = withErrors(ID.test(id) ? [] : [WRONG_ID], () =>
        check(listenerIn, input, 'body'),
      );
      const now = clock.scheduleNow();
      const isNew = (await listeners.get(id, now)) === null;
      if (isNew && (await listeners.count(application.id, now)) >= LISTENERS_OF_APPLICATION) {
        throw invalid([
          fieldError(`${LISTENERS_OF_APPLICATION} listeners are open already`, 'path', 'app_id'),
        ]);
      }
      // Before the endpoint is created: after a crash, the expiry of the listener also deletes the endpoint.
      const expiresAt = await renew(application, principal, id);
      const { created, value } = await endpoints.update(principal, application.id, uidOf(id), {
        url: listenerUrl(id),
        concurrency: CONCURRENCY,
        ...given,
      });
      return { created, value: { id, endpointId: value.id, expiresAt } };
    },

    async requests(principal, app, id, options = {}, signal) {
      const { applicationId } = await find(principal, app, id);
      const { known, waitSeconds } = check(listenerRequestsOptions, options, 'query');
      await renew({ id: applicationId }, principal, id);
      const endMs = clock.monotonicMs() + waitSeconds * 1000;
      const mayWait = waitingCount < WAITING_LIMIT;
      waitingCount++;
      try {
        for (;;) {
          const now = clock.scheduleNow();
          const open = await listeners.open(id, known ?? [], now, CONCURRENCY);
          const isOver = clock.monotonicMs() >= endMs || signal?.aborted === true;
          if (open.length > 0 || isOver || !mayWait) return requestsOut(open, now);
          await pause(id, signal);
        }
      } finally {
        waitingCount--;
      }
    },

    async answer(principal, app, id, request, input) {
      await find(principal, app, id);
      const { status, headers = {}, body = '', detail } = check(listenerAnswerIn, input, 'body');
      if (!isId('lreq', request)) return;
      await listeners.answer(id, request, {
        status,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [
            storable(name.toLowerCase()),
            storable(value),
          ]),
        ),
        body: storable(body.slice(0, RESPONSE_CHARS)),
        detail: storable(
          detail ?? (status === null ? 'the listening program gave no response' : ''),
        ),
      });
      listenerNotes.emit('answered');
    },

    async close(principal, app, id) {
      const application = await findApplication(storage, principal, app);
      const found = ID.test(id) ? await listeners.get(id, 0) : null;
      if (found?.applicationId !== application.id) throw notFound('Listener', id);
      try {
        await endpoints.delete(principal, application.id, uidOf(id));
      } catch (error) {
        const isGone = error instanceof PosthasteError && error.code === 'not_found';
        if (!isGone) throw error;
      }
      await listeners.delete(id);
    },
  };
}

/** Unguessable: 22 characters of base64 are 128 bits. */
const ID = /^[\w-]{22,64}$/;
const WRONG_ID = fieldError(
  'must be 22 to 64 characters of A-Z, a-z, 0-9, _ and -',
  'path',
  'listener_id',
);
/** Longer than a laptop needs to change its network. */
const LIFETIME_MS = 90_000;
const LISTENERS_OF_APPLICATION = 20;
/** Most attempts in flight, and so most open requests. */
const CONCURRENCY = 10;
/** The interval of polling for requests that other processes stored. */
const LOOK_EVERY_MS = 200;
/** Most calls of `requests` that wait in this process at a time; further ones are answered at once. */
const WAITING_LIMIT = 200;
/** The same as for other responses. */
const RESPONSE_CHARS = 4 * 1024;
const PAYLOAD_CHARS = 4 * 1024 * 1024;

/** The text is what a program answered, so it may be anything; not every database can hold NUL. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function uidOf(id: string): string {
  return `listener_${id}`;
}

function requestsOut(open: readonly ListenerRequest[], now: number): ListenerRequestsOut {
  let left = PAYLOAD_CHARS;
  const taken = open.filter(({ body }, index) => (left -= body.length) >= 0 || index === 0);
  return {
    requests: taken.map(({ id, head, body, expiresAt }) => ({
      id,
      method: head.slice(0, head.indexOf(' ')),
      headers: headersIn(head),
      body,
      deadlineMs: expiresAt - now,
    })),
  };
}

/** The headers, without the request line. */
function headersIn(head: string): string[][] {
  return head
    .split('\r\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
}
