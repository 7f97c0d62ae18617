/**
 * A program of a developer that takes the deliveries of a temporary endpoint over requests of its own,
 * because nobody can reach it. It is gone once it has not asked for a while.
 */
export interface Listener {
  /** Chosen by the program; unguessable, because whoever knows it can be sent messages. */
  readonly id: string;
  readonly organizationId: string;
  readonly applicationId: string;
  readonly expiresAt: number;
}

/** One request of an attempt that waits to be taken by a listener. */
export interface ListenerRequest {
  /** `lreq_…` */
  readonly id: string;
  readonly listenerId: string;
  /** Request line and headers as they would be sent, with the empty line that ends them. */
  readonly head: string;
  readonly body: string;
  /** The deadline of the attempt: nobody waits for an answer after it. */
  readonly expiresAt: number;
}

/** What the program answered, or why it gave no answer. */
export interface ListenerAnswer {
  /** Null: no answer came. */
  readonly status: number | null;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Why none came; empty where one did. */
  readonly detail: string;
}

/** The origin of the endpoints of listeners. RFC 2606 promises that no such host ever exists. */
export const LISTENER_ORIGIN = 'https://listener.invalid';

export function listenerUrl(id: string): string {
  return `${LISTENER_ORIGIN}/${id}`;
}

/** Whether the endpoint is that of a listener: it is temporary, and nobody's configuration. */
export function isOfListener({ url }: { readonly url: string }): boolean {
  return url.startsWith(`${LISTENER_ORIGIN}/`);
}
