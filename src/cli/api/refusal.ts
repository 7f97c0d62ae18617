import { PassingError, UserError } from '../user-error.ts';
import type { ApiAnswer } from './api-client.ts';

/** What the API says is wrong, in words and with the next step. */
export function refusalOf({ status, text }: ApiAnswer, flags: FlagNames = {}): UserError {
  const { code, detail } = errorIn(text);
  if (Array.isArray(detail)) {
    const lines = (detail as FieldError[]).map(
      ({ loc, msg }) => `  ${placeOf(loc.map(String), flags)} ${msg}`,
    );
    return new UserError(['the request is refused:', ...lines].join('\n'));
  }
  const said = typeof detail === 'string' ? detail : text.slice(0, 500) || 'nothing more';
  const step = NEXT_STEPS[code ?? ''] ?? (status >= 500 ? 'Its log says why.' : '');
  const Kind = status >= 500 || status === 429 ? PassingError : UserError;
  return new Kind(`${said} (${code ?? status})${step === '' ? '' : `\n  ${step}`}`);
}

/** The flag of a query parameter or a member of the body, by its name on the wire. */
export type FlagNames = Readonly<Record<string, string>>;

interface FieldError {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** By the codes of docs/errors.md. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  authentication_failed:
    'Make a token beside the server: posthaste token; then save it: posthaste login',
  insufficient_permissions: 'See what the token may do: posthaste auth whoami',
  not_found:
    'List what there is: posthaste app list, posthaste endpoint list APP, posthaste event-type list',
  conflict: 'Give it another uid or name, or change the one that is there by update or patch',
  payload_too_large: 'The server takes more with a higher POSTHASTE_BODY_LIMIT_BYTES',
  rate_limited: 'Try again in a second',
  storage_unavailable: 'Try again; if it stays so, the log of the server says why',
  query_too_slow: 'Ask for a shorter time or a lower --limit',
  stopping: 'Try again: the process is being replaced',
};

function errorIn(text: string): { code?: string; detail?: unknown } {
  try {
    const error = JSON.parse(text) as unknown;
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}

function placeOf([, name = '', ...rest]: readonly string[], flags: FlagNames): string {
  const flag = flags[name] ?? (name === '' ? 'the body' : name);
  return rest.length === 0 ? flag : `${flag}, at ${rest.join('.')},`;
}
