/** An unsuccessful answer of the API, or the lack of an answer. */
export class ApiError extends Error {
  /** The HTTP status; 0: the server was not reached. */
  readonly status: number;
  /** A code of docs/errors.md. */
  readonly code: string;
  readonly fieldErrors: readonly FieldError[];

  constructor(status: number, code: string, message: string, fieldErrors: readonly FieldError[]) {
    super(message);
    this.status = status;
    this.code = code;
    this.fieldErrors = fieldErrors;
  }
}

export interface FieldError {
  /** Such as `body.policy.timeoutMs`. */
  readonly place: string;
  readonly message: string;
}

export async function readError(response: Response): Promise<ApiError> {
  const text = await response.text();
  const { code, detail } = parsed(text);
  const fieldErrors = Array.isArray(detail) ? detail.map(readFieldError) : [];
  const message =
    typeof detail === 'string'
      ? detail
      : fieldErrors.map(({ place, message }) => `${place}: ${message}`).join('; ');
  return new ApiError(
    response.status,
    typeof code === 'string' ? code : 'unknown',
    message || `The server answered ${response.status}`,
    fieldErrors,
  );
}

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(0, 'unreachable', 'The server cannot be reached', []);
}

/** The error of a form that refuses a field before the API would; `message` says what is wrong with the value. */
export function fieldRefused(field: string, message: string): ApiError {
  return new ApiError(422, 'validation', `${field} ${message}`, [
    { place: `body.${field}`, message },
  ]);
}

/** The errors by field of a form: for each NAME the first error of `body.NAME` and below. */
export function errorsByField(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof ApiError)) return {};
  return Object.fromEntries(
    error.fieldErrors
      .toReversed()
      .map(({ place, message }) => [place.split('.')[1] ?? '', message]),
  );
}

function parsed(text: string): { code?: unknown; detail?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}

function readFieldError(entry: { loc?: unknown[]; msg?: unknown }): FieldError {
  return { place: (entry.loc ?? []).join('.'), message: String(entry.msg) };
}
