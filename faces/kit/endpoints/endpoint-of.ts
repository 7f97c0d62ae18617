/** Which endpoint a part of a page is about. */
export interface EndpointOf {
  readonly app: string;
  readonly endpoint: string;
}
