import type { Channel } from 'rabbitmq-client';

/**
 * Opens a connection to the broker with one channel, and opens it again, with back-off, whenever it is lost, until
 * it is stopped.
 */
export type OpenLink = (options: {
  /** The name of the connection in the broker's lists and in the log. */
  readonly name: string;
  /** A durable queue, declared on each new channel before `open`. An existing queue is used unchanged. */
  readonly queue: { readonly name: string };
  /**
   * Prepares a new channel. If this fails, or takes too long, another channel is opened. Call `renew` at any later
   * time to replace the channel.
   */
  readonly open: (channel: Channel, renew: () => void) => Promise<void>;
  /** Called when the channel has closed; unfinished work on it is lost. */
  readonly closed: () => void;
}) => { stop(): Promise<void> };
