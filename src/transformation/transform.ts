import { headersOf } from '../domain/message.ts';
import { withoutCredentials } from '../domain/url-credentials.ts';
import type { Transformed, Webhook } from '../domain/transformation.ts';
import { readChanged } from './changed-webhook.ts';
import type { Sandbox } from './sandbox.ts';

/** Runs the program of a webhook and reads its result. `onResult` is called exactly once, asynchronously. */
export function transform(
  sandbox: Sandbox,
  webhook: Webhook,
  onResult: (result: Transformed) => void,
): void {
  const { endpointId, messageId, code, now } = webhook;
  const url = withoutCredentials(webhook.url);
  const headers = headersOf(webhook.headers);
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
  // JSON is inserted unparsed: it may be large, and the sandbox parses it.
  const text = isJson ? payload : JSON.stringify(payload);
  return `${JSON.stringify(rest).slice(0, -1)},"payload":${text}}`;
}
