import type { DeliveryEvent } from '../domain/delivery-event.ts';
import type {
  ApplicationIn,
  ApplicationPatch,
  AttemptListByMessageOptions,
  EndpointIn,
  EndpointOut,
  EndpointPatch,
  EndpointSecretOut,
  ListOptions,
  ListOut,
  MessageAttemptOut,
  MessageBatchOut,
  MessageEndpointOut,
  MessageIn,
  OrderedListOptions,
  TaskOut,
  TaskStartedOut,
  UndeliveredOfApplicationOptions,
  UndeliveredOut,
} from '../operations/operations.ts';

/** The part of `Posthaste` that the service uses. */
export interface WebhooksClient {
  start(): Promise<unknown>;
  stop(): Promise<unknown>;
  on(
    kind: DeliveryEvent['kind'],
    listener: (event: DeliveryEvent) => void | Promise<void>,
  ): () => void;
  readonly application: {
    getOrCreate(input: ApplicationIn): Promise<{ readonly id: string }>;
    patch(app: string, input: ApplicationPatch): Promise<unknown>;
  };
  readonly endpoint: {
    create(app: string, input: EndpointIn): Promise<EndpointOut>;
    list(app: string, options?: OrderedListOptions): Promise<ListOut<EndpointOut>>;
    get(app: string, endpoint: string): Promise<EndpointOut>;
    patch(app: string, endpoint: string, input: EndpointPatch): Promise<EndpointOut>;
    pause(app: string, endpoint: string): Promise<EndpointOut>;
    resume(app: string, endpoint: string): Promise<EndpointOut>;
    recover(app: string, endpoint: string, input: { since: string }): Promise<TaskStartedOut>;
    replayMissing(app: string, endpoint: string, input: { since: string }): Promise<TaskStartedOut>;
    delete(app: string, endpoint: string): Promise<void>;
    getSecret(app: string, endpoint: string): Promise<EndpointSecretOut>;
  };
  readonly message: {
    create(
      app: string,
      input: MessageIn,
      options?: {
        idempotencyKey?: string;
        withContent?: boolean;
        traceparent?: string | undefined;
      },
    ): Promise<{ readonly id: string }>;
    createBatch(
      app: string,
      messages: readonly (MessageIn & { idempotencyKey?: string })[],
      options?: { idempotencyKey?: string; traceparent?: string | undefined },
    ): Promise<MessageBatchOut>;
    cancel(app: string, message: string): Promise<void>;
  };
  readonly undelivered: {
    listOfApplication(
      app: string,
      options?: UndeliveredOfApplicationOptions,
    ): Promise<ListOut<UndeliveredOut>>;
  };
  readonly backgroundTask: {
    get(task: string): Promise<TaskOut>;
  };
  readonly messageAttempt: {
    listByMsg(
      app: string,
      message: string,
      options?: AttemptListByMessageOptions,
    ): Promise<ListOut<MessageAttemptOut>>;
    listAttemptedDestinations(
      app: string,
      message: string,
      options?: ListOptions,
    ): Promise<ListOut<MessageEndpointOut>>;
  };
}
