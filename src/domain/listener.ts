/**
 * A developer's program that can't be reached from outside, and therefore fetches the deliveries of a temporary
 * endpoint with its own requests. It expires when it has not asked for a while.
 */
export interface Listener {
  /** Chosen by the program; unguessable, because the id gives access to its requests. */
  readonly id: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly expiresAt: number;
}

/** The request of an attempt, waiting to be fetched by a listener. */
export interface ListenerRequest {
  /** `lreq_…` */
  readonly id: string;
  readonly listenerId: string;
  /** Request line and headers as they would be sent, with the empty line that ends them. */
  readonly head: string;
  readonly body: string;
  /** The deadline of the attempt: later answers have no effect. */
  readonly expiresAt: number;
}

/** The program's response, or why it gave none. */
export interface ListenerAnswer {
  /** Null: no response came. */
  readonly status: number | null;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why no response came, or why its body did not arrive whole; else empty. */
  readonly detail: string;
}

/** The origin of the endpoints of listeners: by RFC 2606, no such host ever exists. */
export const LISTENER_ORIGIN = 'https://listener.invalid';

export function listenerUrl(id: string): string {
  return `${LISTENER_ORIGIN}/${id}`;
}

/** Whether the endpoint belongs to a listener: such endpoints are temporary and not configuration. */
export function isOfListener({ url }: { readonly url: string }): boolean {
  return url.startsWith(`${LISTENER_ORIGIN}/`);
}
