import type { Channel } from 'rabbitmq-client';

/**
 * Opens a connection to the broker with one channel, and opens it anew, with back-off, whenever it is
 * lost, until it is stopped.
 */
export type OpenLink = (options: {
  /** The name of the connection in the broker's lists and in the log. */
  readonly name: string;
  /** A durable queue, declared on each new channel before `open`. One that exists is used as it is. */
  readonly queue: { readonly name: string };
  /**
   * Prepares a new channel. If it fails, or takes too long, another channel is tried. `renew` gives
   * the channel up at any later time: another one is opened.
   */
  readonly open: (channel: Channel, renew: () => void) => Promise<void>;
  /** The channel is closed; everything unfinished on it is lost. */
  readonly closed: () => void;
}) => { stop(): Promise<void> };
