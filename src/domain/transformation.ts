/** A program of a customer that changes what is sent to one endpoint, or cancels the delivery. */
export interface Transformation {
  /** JavaScript that declares `handler(webhook)`; null: none was given yet. */
  readonly code: string | null;
  /** Only then it runs. */
  readonly enabled: boolean;
  /** Given to the program as `webhook.variables`. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly updatedAt: number;
}

/** Whether something runs before each request to the endpoint. */
export function runs(
  transformation: Transformation | null,
): transformation is Transformation & { readonly code: string } {
  return transformation !== null && transformation.enabled && transformation.code !== null;
}

/** A message on its way through a transformation. */
export interface Webhook {
  readonly endpointId: string;
  readonly messageId: string;
  /** Of the endpoint. */
  readonly url: string;
  readonly code: string;
  readonly variables: Readonly<Record<string, string>> | null;
  readonly eventType: string;
  readonly channels: readonly string[] | null;
  /** `Message.headers`. */
  readonly headers: string | null;
  readonly payload: string;
  /** Whether the payload is JSON; a raw text is given to the program as a text. */
  readonly isJson: boolean;
  /** The wall clock at the start of the attempt. */
  readonly now: number;
}

/** What a transformation made of a request. */
export interface ChangedWebhook {
  readonly cancel: boolean;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  /** Path and query of the URL. */
  readonly path: string;
  /** The text that is sent. */
  readonly payload: string;
  /** Those of the message as they are now. What the program made or changed wins over those of the endpoint. */
  readonly headers: Readonly<Record<string, string>>;
}

export type Transformed =
  | { readonly kind: 'changed'; readonly webhook: ChangedWebhook }
  /** The program failed; a sentence for a person. */
  | {
      readonly kind: 'failed';
      readonly detail: string;
      /** The program is none, such as for an error of syntax: it fails whatever its input is. */
      readonly always?: true;
    }
  /** It did not run: too much waits, or the process stops. */
  | { readonly kind: 'busy' };

/** Runs the transformation of a webhook. `onResult` is called exactly once, later. */
export type Transform = (webhook: Webhook, onResult: (result: Transformed) => void) => void;
