import { joinFleet } from './join-fleet.ts';
import type { Application } from '../../src/domain/application.ts';
import type { Attempt } from '../../src/domain/attempt.ts';
import type { Delivery, DeliveryNext, Handoff } from '../../src/domain/delivery.ts';
import type { Endpoint } from '../../src/domain/endpoint.ts';
import type { EventType } from '../../src/domain/event-type.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Task } from '../../src/domain/task.ts';
import type {
  AttemptRecord,
  ClaimRequest,
  ClaimResult,
  NewMessage,
  Storage,
} from '../../src/storage/storage.ts';
import { recordBatch } from './record-batch.ts';

export const NOW = Date.UTC(2030, 0, 1);
export const ORGANIZATION = 'org_1';

/** A storage with one application, and short forms of frequent calls. Ids count up: `msg_00001`. */
export class StorageWorld {
  storage: Storage;
  application!: Application;
  #count = 0;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  async begin(): Promise<void> {
    await this.storage.start();
    await joinFleet(this.storage);
    this.application = await this.createApplication();
  }

  id(prefix: string): string {
    return `${prefix}_${String(++this.#count).padStart(5, '0')}`;
  }

  async createApplication(given: Partial<Application> = {}): Promise<Application> {
    const application = makeApplication({ id: this.id('app'), ...given });
    await this.storage.applications.create(application);
    return application;
  }

  delivery(messageId: string, endpointId: string): Promise<Delivery | null> {
    return this.storage.messages.delivery(this.application.id, messageId, endpointId);
  }

  async createEndpoint(given: Partial<Endpoint> = {}): Promise<Endpoint> {
    const endpoint = makeEndpoint({
      id: this.id('ep'),
      applicationId: this.application.id,
      ...given,
    });
    await this.storage.endpoints.create(endpoint);
    return endpoint;
  }

  message(given: Partial<Message> = {}): Message {
    return makeMessage({ id: this.id('msg'), applicationId: this.application.id, ...given });
  }

  newMessage(
    endpointIds: readonly string[] = [],
    { dueAt = NOW, claimedUntil = null, key = null, ...given }: NewMessageOptions = {},
  ): NewMessage {
    return {
      message: this.message(given),
      claimed: claimedUntil === null ? null : { endpointIds, until: claimedUntil },
      deliveries:
        claimedUntil === null ? endpointIds.map((endpointId) => ({ endpointId, dueAt })) : [],
      idempotencyKey: key,
    };
  }

  /** Accepts one message with a delivery to each endpoint, and returns its id. */
  async accept(endpointIds: readonly string[] = [], options?: NewMessageOptions): Promise<string> {
    const message = this.newMessage(endpointIds, options);
    await this.storage.acceptMessages([message]);
    return message.message.id;
  }

  async acceptMany(
    count: number,
    endpointIds: readonly string[],
    options?: NewMessageOptions,
  ): Promise<string[]> {
    const messages = Array.from({ length: count }, () => this.newMessage(endpointIds, options));
    await this.storage.acceptMessages(messages);
    return messages.map(({ message }) => message.id);
  }

  claim(given: Partial<ClaimRequest> = {}): Promise<ClaimResult> {
    const now = given.now ?? NOW;
    return this.storage.claimDue({
      now,
      until: now + 60_000,
      limit: 1000,
      maxChars: 1e9,
      defaultCapacity: 1000,
      capacities: new Map(),
      ...given,
    });
  }

  /** Claims the only delivery that is due; throws when there are more or none. */
  async claimOne(given: Partial<ClaimRequest> = {}): Promise<Handoff> {
    const { handoffs } = await this.claim(given);
    const [handoff] = handoffs;
    if (handoff === undefined || handoffs.length > 1) {
      throw new Error(`claimed ${handoffs.length} deliveries, expected one`);
    }
    return handoff;
  }

  attempt(of: Pick<Handoff, 'messageId' | 'endpointId'>, given: Partial<Attempt> = {}): Attempt {
    return {
      id: this.id('atmpt'),
      messageId: of.messageId,
      endpointId: of.endpointId,
      applicationId: this.application.id,
      number: 1,
      trigger: 'scheduled',
      url: 'https://example.com/hook',
      startedAt: NOW,
      durationMs: 12,
      succeeded: true,
      failure: null,
      detail: '',
      statusCode: 200,
      response: 'ok',
      exchange: '[1,2,null,null,null,3.5,"Host: a","v1,x",0,"",null]',
      ...given,
    };
  }

  outcome(handoff: Handoff, next: DeliveryNext, given: Partial<Attempt> = {}): AttemptRecord {
    const failed: Partial<Attempt> = {
      succeeded: false,
      failure: 'status',
      detail: 'answered 500',
      statusCode: 500,
    };
    const attempt = this.attempt(handoff, {
      ...(next.state === 'delivered' ? {} : failed),
      number: handoff.attemptCount + 1,
      ...given,
    });
    const { eventType, owedSince } = handoff;
    const { organizationId } = this.application;
    return { attempt, claim: handoff.claim, next, organizationId, eventType, owedSince };
  }

  async record(handoff: Handoff, next: DeliveryNext, given?: Partial<Attempt>): Promise<Attempt> {
    const record = this.outcome(handoff, next, given);
    await this.storage.record(() => recordBatch({ records: [record] }));
    return record.attempt;
  }
}

export type NewMessageOptions = Partial<Message> & {
  readonly dueAt?: number;
  readonly claimedUntil?: number | null;
  readonly key?: string | null;
};

export function makeMessage(given: Partial<Message> = {}): Message {
  return {
    id: 'msg_1',
    organizationId: ORGANIZATION,
    applicationId: 'app_1',
    eventType: 'call.new',
    uid: null,
    channels: null,
    tags: null,
    payload: '{"type":"call.new"}',
    contentType: null,
    headers: null,
    createdAt: NOW,
    deliverAt: null,
    expiresAt: null,
    ...given,
  };
}

export function makeApplication(given: Partial<Application> = {}): Application {
  return {
    id: 'app_1',
    organizationId: ORGANIZATION,
    uid: null,
    name: 'Acme',
    rateLimit: null,
    payloadRetentionDays: null,
    metadata: {},
    policy: {},
    createdAt: NOW,
    updatedAt: NOW,
    ...given,
  };
}

export function makeEndpoint(given: Partial<Endpoint> = {}): Endpoint {
  return {
    id: 'ep_1',
    organizationId: ORGANIZATION,
    applicationId: 'app_1',
    uid: null,
    url: 'https://example.com/hook',
    description: '',
    eventTypes: null,
    channels: null,
    filter: null,
    metadata: {},
    headers: {},
    authentication: null,
    tls: null,
    signature: null,
    transformation: null,
    secrets: [{ key: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', expiresAt: null }],
    rateLimit: null,
    concurrency: null,
    version: 1,
    ordered: false,
    policy: {},
    disabled: null,
    pausedAt: null,
    health: { failingSince: null, lastFailedAt: null, failedCount: 0 },
    createdAt: NOW,
    updatedAt: NOW,
    ...given,
  };
}

export function makeEventType(given: Partial<EventType> = {}): EventType {
  return {
    organizationId: ORGANIZATION,
    name: 'call.new',
    description: 'A call came in',
    archived: false,
    deprecated: false,
    featureFlags: [],
    groupName: null,
    schemas: null,
    createdAt: NOW,
    updatedAt: NOW,
    ...given,
  };
}

export function makeTask(given: Partial<Task> = {}): Task {
  return {
    id: 'qtask_1',
    organizationId: ORGANIZATION,
    applicationId: 'app_1',
    endpointId: 'ep_1',
    kind: 'endpoint.recover',
    selection: {
      effect: 'schedule',
      by: 'publication',
      since: NOW - 1,
      until: NOW,
      standings: ['exhausted', 'failing'],
      eventTypes: null,
      channel: null,
      tag: null,
      statusCodeClass: null,
    },
    status: 'running',
    reason: null,
    cursor: null,
    progress: { scannedCount: 0, changedCount: 0 },
    resultChars: 0,
    createdAt: NOW,
    updatedAt: NOW,
    ...given,
  };
}
