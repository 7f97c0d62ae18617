import type { Clock } from '../../../domain/clock.ts';
import type { Outbox } from '../../storage.ts';
import { Listener } from './listener.ts';
import { type RelayOptions, relayRows } from './relay-rows.ts';

export interface PostgresOutboxOptions extends RelayOptions {
  readonly url: string;
  readonly clock: Clock;
  /** Runs the call unless the storage is closed; `stop` of the storage waits for the call. */
  readonly whenOpen: <T>(call: () => Promise<T>) => Promise<T>;
}

export interface PostgresOutbox extends Outbox {
  /** Ends all subscriptions. */
  close(): Promise<void>;
}

export function createPostgresOutbox(options: PostgresOutboxOptions): PostgresOutbox {
  const { url, clock, whenOpen } = options;
  const listeners = new Set<Listener>();
  return {
    subscribe(onNotice) {
      const listener = new Listener({ url, clock, channel: CHANNEL, onNotice });
      listeners.add(listener);
      listener.start();
      return () => {
        listeners.delete(listener);
        void listener.close();
      };
    },
    relay: (batch, decide) => whenOpen(() => relayRows(options, batch, decide)),
    async close() {
      await Promise.all([...listeners].map((listener) => listener.close()));
    },
  };
}

const CHANNEL = 'posthaste_outbox';
