/** One error in a request. The body of every failed response is an array of them. */
export interface ApiError {
  readonly errorCode: string;
  readonly message: string;
}

export function isErrors(value: unknown): value is readonly ApiError[] {
  return Array.isArray(value);
}
