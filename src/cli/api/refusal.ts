import { UserError, errorOf } from '../user-error.ts';
import type { ApiAnswer } from './api-client.ts';

export interface RefusalWords {
  /** The flags of query parameters and body members, by their names on the wire. */
  readonly flags?: FlagNames | undefined;
  /** True: the body is a document, so errors name its members, not flags. */
  readonly isDocument?: boolean | undefined;
  /** True: don't suggest commands as the next step, because the caller (an agent) has none. */
  readonly hasNoCommands?: boolean | undefined;
}

/** The error for a refusal by the API, with the next step. */
export function refusalOf(answer: ApiAnswer, words: RefusalWords = {}): UserError {
  const { status, text, retryAfterMs } = answer;
  const { code, detail } = errorIn(text);
  if (Array.isArray(detail)) {
    const lines = (detail as FieldError[]).map(
      ({ loc, msg }) => `  ${placeOf(loc.map(String), words)} ${msg}`,
    );
    const head = words.isDocument
      ? 'the document is refused, and nothing was changed:'
      : 'the request is refused:';
    return new UserError([head, ...lines].join('\n'));
  }
  const said = typeof detail === 'string' ? detail : text.slice(0, 500) || 'nothing more';
  const step = words.hasNoCommands ? '' : nextStep(code ?? '', answer);
  const message = `${said} (${code ?? status})${step === '' ? '' : `\n  ${step}`}`;
  return errorOf(status, message, retryAfterMs);
}

function nextStep(code: string, { status, retryAfterMs }: ApiAnswer): string {
  const isBusy = status === 429 || status === 503;
  const when = retryAfterMs === null ? '' : ` in ${Math.max(1, Math.ceil(retryAfterMs / 1_000))} s`;
  const step = NEXT_STEPS[code] ?? (status >= 500 ? 'The log of the server says why' : '');
  return [isBusy ? `Try again${when}` : '', step].filter((text) => text !== '').join('. ');
}

/** The flag of a query parameter or a member of the body, by its name on the wire. */
export type FlagNames = Readonly<Record<string, string>>;

interface FieldError {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
}

/** Next steps by error code (docs/errors.md). */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  authentication_failed:
    'Make a token on the server: posthaste token; then save it: posthaste login',
  insufficient_permissions: 'See what the token may do: posthaste auth whoami',
  not_found:
    'List the existing objects: posthaste app list, posthaste endpoint list APP, posthaste event-type list',
  conflict: 'Use another uid or name, or change the existing object with update or patch',
  payload_too_large: 'The server accepts more with a higher POSTHASTE_BODY_LIMIT_BYTES',
  storage_unavailable: 'If this lasts, see the log of the server',
  query_too_slow: 'Request a shorter period or a lower --limit',
  stopping: 'The process is being replaced',
};

function errorIn(text: string): { code?: string; detail?: unknown } {
  try {
    const error = JSON.parse(text) as unknown;
    return typeof error === 'object' && error !== null ? error : {};
  } catch {
    return {};
  }
}

function placeOf(loc: readonly string[], { flags = {}, isDocument }: RefusalWords): string {
  const [, name = '', ...rest] = loc;
  if (isDocument) return loc.slice(1).join('.') || 'the document';
  const flag = flags[name] ?? (name === '' ? 'the body' : name);
  return rest.length === 0 ? flag : `${flag}, at ${rest.join('.')},`;
}
