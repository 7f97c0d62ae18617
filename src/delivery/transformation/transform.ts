import { withoutCredentials } from '../../domain/url-credentials.ts';
import { type ChangedWebhook, readChanged } from './changed-webhook.ts';
import type { Sandbox, SandboxResult } from './sandbox.ts';

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

export type Transformed =
  | { readonly kind: 'changed'; readonly webhook: ChangedWebhook }
  | Exclude<SandboxResult, { kind: 'returned' }>;

/** Runs the program of a webhook, and reads what it made. `onResult` is called exactly once, later. */
export function transform(
  sandbox: Sandbox,
  webhook: Webhook,
  onResult: (result: Transformed) => void,
): void {
  const { endpointId, messageId, code, now } = webhook;
  const url = withoutCredentials(webhook.url);
  const headers = JSON.parse(webhook.headers ?? '{}') as Readonly<Record<string, string>>;
  const input = inputOf(webhook, url, headers);
  sandbox.run({ key: endpointId, code, input, now, seed: messageId }, (result) => {
    if (result.kind !== 'returned') return onResult(result);
    const made = readChanged(result.output, url, headers);
    if (typeof made === 'string') onResult({ kind: 'failed', detail: made });
    else onResult({ kind: 'changed', webhook: made });
  });
}

function inputOf(
  { eventType, channels, variables, payload, isJson }: Webhook,
  url: string,
  headers: Readonly<Record<string, string>>,
): string {
  const rest = {
    method: 'POST',
    url,
    eventType,
    channels,
    headers,
    cancel: false,
    variables: variables ?? {},
  };
  // The text as it is: it may be large, and the sandbox reads it.
  const text = isJson ? payload : JSON.stringify(payload);
  return `${JSON.stringify(rest).slice(0, -1)},"payload":${text}}`;
}
