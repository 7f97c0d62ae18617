/** A customer's program that changes the requests to one endpoint, or cancels deliveries. */
export interface Transformation {
  /** JavaScript that declares `handler(webhook)`; null: none was given yet. */
  readonly code: string | null;
  /** Whether the program runs. */
  readonly enabled: boolean;
  /** Given to the program as `webhook.variables`. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly updatedAt: number;
}

/** Whether the program runs before each request to the endpoint. */
export function runs(
  transformation: Transformation | null,
): transformation is Transformation & { readonly code: string } {
  return transformation !== null && transformation.enabled && transformation.code !== null;
}

/** The input of a transformation. */
export interface Webhook {
  readonly endpointId: string;
  readonly messageId: string;
  /** URL of the endpoint. */
  readonly url: string;
  readonly code: string;
  readonly variables: Readonly<Record<string, string>> | null;
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  /** `Message.headers`. */
  readonly headers: string | null;
  readonly payload: string;
  /** Whether the payload is JSON; otherwise the program gets it as text. */
  readonly isJson: boolean;
  /** The wall clock at the start of the attempt. */
  readonly now: number;
}

/** The request after a transformation. */
export interface ChangedWebhook {
  readonly cancel: boolean;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** Path and query of the URL. */
  readonly path: string;
  /** The text that is sent. */
  readonly payload: string;
  /** The message's headers after the program ran. Headers that it added or changed override those of the endpoint. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Transformed =
  | { readonly kind: 'changed'; readonly webhook: ChangedWebhook }
  /** The program failed; a sentence for a person. */
  | {
      readonly kind: 'failed';
      readonly detail: string;
      /** True: the program fails with any input, for example because of a syntax error. */
      readonly always?: true;
    }
  /** The program did not run: too many runs wait, or the process stops. */
  | { readonly kind: 'busy' };

/** Runs the transformation of a webhook. `onResult` is called exactly once, later. */
export type Transform = (webhook: Webhook, onResult: (result: Transformed) => void) => void;
