/** One error in a request. The body of every failed response is an array of them. */
export interface ApiError {
  readonly errorCode: string;
  readonly message: string;
}
