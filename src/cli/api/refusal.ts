import { UserError, errorOf } from '../user-error.ts';
import type { ApiAnswer } from './api-client.ts';

export interface RefusalWords {
  /** The flag of a query parameter or a member of the body, by its name on the wire. */
  readonly flags?: FlagNames | undefined;
  /** The body is a document, which has members and no flags. */
  readonly isDocument?: boolean | undefined;
  /** Without commands as the next step, for who has none. */
  readonly hasNoCommands?: boolean | undefined;
}

/** What the API says is wrong, in words and with the next step. */
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

/** By the codes of docs/errors.md. */
const NEXT_STEPS: Readonly<Record<string, string>> = {
  authentication_failed:
    'Make a token beside the server: posthaste token; then save it: posthaste login',
  insufficient_permissions: 'See what the token may do: posthaste auth whoami',
  not_found:
    'List what there is: posthaste app list, posthaste endpoint list APP, posthaste event-type list',
  conflict: 'Give it another uid or name, or change the one that is there by update or patch',
  payload_too_large: 'The server takes more with a higher POSTHASTE_BODY_LIMIT_BYTES',
  storage_unavailable: 'If it stays so, the log of the server says why',
  query_too_slow: 'Ask for a shorter time or a lower --limit',
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
