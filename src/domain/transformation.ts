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
