import type { Message } from '../domain/message.ts';
import type {
  ApplicationOut,
  EndpointHeadersOut,
  EndpointOut,
  EndpointSecretOut,
  EventTypeOut,
  ListOut,
  MessageAttemptOut,
  MessageEndpointOut,
} from './shapes.ts';

/**
 * What every interface calls: HTTP, the library, Moleculer.
 *
 * Every operation takes the principal first and acts only within it: an object of another
 * organization does not exist for it (`not_found`); a portal principal, limited to one application,
 * meets `insufficient_permissions` outside of it and with the operations marked "not for portals".
 *
 * Inputs and options are `unknown` because they come from outside: each is checked here, once, for
 * all interfaces, against the shape that its comment names (`shapes.ts`). Faults reject with
 * `validation` and name their place: `['body', …]` for inputs, `['query', …]` for options.
 *
 * `app` and `endpoint` are ids or uids, `message` is an id or the caller's `eventId`. Everything
 * rejects with a `PosthasteError`; what resolved is durable and visible to the next call.
 */
export interface Operations {
  readonly applications: ApplicationOperations;
  readonly endpoints: EndpointOperations;
  readonly eventTypes: EventTypeOperations;
  readonly messages: MessageOperations;
  readonly attempts: AttemptOperations;
}

/** Who calls. */
export interface Principal {
  readonly organizationId: string;
  /** Set for a portal token: the id of the one application that it may see. */
  readonly applicationId?: string;
}

/** `created` is false when the object existed and was answered or replaced. */
export interface Upserted<T> {
  readonly created: boolean;
  readonly value: T;
}

export interface ApplicationOperations {
  /** ApplicationIn. With `getIfExists`, an existing one with this uid is answered as it is. Not for portals. */
  create(
    principal: Principal,
    input: unknown,
    options?: { getIfExists?: boolean },
  ): Promise<Upserted<ApplicationOut>>;
  /** OrderedListOptions; oldest first by default. Not for portals. */
  list(principal: Principal, options?: unknown): Promise<ListOut<ApplicationOut>>;
  get(principal: Principal, app: string): Promise<ApplicationOut>;
  /** ApplicationIn. Replaces it, or creates one with this uid. Not for portals. */
  update(principal: Principal, app: string, input: unknown): Promise<Upserted<ApplicationOut>>;
  /** ApplicationPatch. Not for portals. */
  patch(principal: Principal, app: string, input: unknown): Promise<ApplicationOut>;
  /** Cancels what is owed to its endpoints. Not for portals. */
  delete(principal: Principal, app: string): Promise<void>;
}

export interface EndpointOperations {
  /** EndpointIn. */
  create(principal: Principal, app: string, input: unknown): Promise<EndpointOut>;
  /** OrderedListOptions; newest first by default. */
  list(principal: Principal, app: string, options?: unknown): Promise<ListOut<EndpointOut>>;
  get(principal: Principal, app: string, endpoint: string): Promise<EndpointOut>;
  /** EndpointUpdate. Replaces it (headers stay unless given), or creates one with this uid. */
  update(
    principal: Principal,
    app: string,
    endpoint: string,
    input: unknown,
  ): Promise<Upserted<EndpointOut>>;
  /** EndpointPatch. */
  patch(principal: Principal, app: string, endpoint: string, input: unknown): Promise<EndpointOut>;
  /** Cancels what is owed to it. */
  delete(principal: Principal, app: string, endpoint: string): Promise<void>;
  getSecret(principal: Principal, app: string, endpoint: string): Promise<EndpointSecretOut>;
  /** EndpointSecretRotateIn. Old secrets sign on until their grace period ends. */
  rotateSecret(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  getHeaders(principal: Principal, app: string, endpoint: string): Promise<EndpointHeadersOut>;
  /** EndpointHeadersIn. Replaces all, hidden ones included. */
  updateHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
  /** EndpointHeadersPatchIn. */
  patchHeaders(principal: Principal, app: string, endpoint: string, input: unknown): Promise<void>;
}

export interface EventTypeOperations {
  /** EventTypeIn. One that was archived is restored. Not for portals. */
  create(principal: Principal, input: unknown): Promise<EventTypeOut>;
  /** EventTypeListOptions; by name. */
  list(principal: Principal, options?: unknown): Promise<ListOut<EventTypeOut>>;
  get(principal: Principal, name: string): Promise<EventTypeOut>;
  /** EventTypeUpdate. Replaces it, or creates one with this name. Not for portals. */
  update(principal: Principal, name: string, input: unknown): Promise<Upserted<EventTypeOut>>;
  /** EventTypePatch. Not for portals. */
  patch(principal: Principal, name: string, input: unknown): Promise<EventTypeOut>;
  /** Archives it; with `expunge`, removes it. Not for portals. */
  delete(principal: Principal, name: string, options?: { expunge?: boolean }): Promise<void>;
}

/**
 * Messages are answered as they are stored, with the payload as the JSON text that was given:
 * `messageOut` and `messageJson` (`message-out.ts`) make the wire's shape of it, parsed or exact.
 */
export interface MessageOperations {
  /**
   * MessageIn. Resolves when the message and all its deliveries are committed. `payloadText` is
   * the exact JSON text of the payload, valid JSON by the caller's word; without it, `input.payload`
   * is printed. The same `idempotencyKey` within 12 hours answers the first message; an `eventId`
   * that is taken rejects with `conflict`. Not for portals.
   */
  create(
    principal: Principal,
    app: string,
    input: unknown,
    options?: { payloadText?: string | undefined; idempotencyKey?: string | undefined },
  ): Promise<Message>;
  /** MessageListOptions; newest first. */
  list(principal: Principal, app: string, options?: unknown): Promise<ListOut<Message>>;
  get(principal: Principal, app: string, message: string): Promise<Message>;
}

export interface AttemptOperations {
  /** AttemptListByMessageOptions; newest first. */
  listByMessage(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageAttemptOut>>;
  /** AttemptListOptions; newest first. */
  listByEndpoint(
    principal: Principal,
    app: string,
    endpoint: string,
    options?: unknown,
  ): Promise<ListOut<MessageAttemptOut>>;
  get(
    principal: Principal,
    app: string,
    message: string,
    attempt: string,
  ): Promise<MessageAttemptOut>;
  /** ListOptions. The endpoints that a message is owed to, deleted ones included, by id. */
  listDestinations(
    principal: Principal,
    app: string,
    message: string,
    options?: unknown,
  ): Promise<ListOut<MessageEndpointOut>>;
  /** Makes the delivery due now with its schedule begun anew, whatever its state. */
  resend(principal: Principal, app: string, message: string, endpoint: string): Promise<void>;
}
