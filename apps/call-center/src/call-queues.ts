import type { OutageLog } from '@posthaste/app-kit/outage';
import type { Call, CallStore, Extension } from './call-store.ts';

/**
 * Brings the calls that wait for an extension to its agents. The database is the truth, a queue only
 * carries call ids. It may bring a call twice, or a call that no longer waits; calls that a queue loses
 * are read from the database again.
 */
export interface CallQueues {
  /** Brings at most `prefetch` calls of each extension at a time; a call is over when `serve` resolves. */
  start(serve: (callId: number) => Promise<void>): Promise<void>;
  /** A new call waits, and that is committed. */
  push(call: Call): void;
  /** Brings no more and resolves when the agents are done with what they have. */
  stop(): Promise<void>;
}

export interface QueuesContext {
  readonly calls: CallStore;
  readonly prefetch: number;
  readonly onError: (message: string, error: unknown) => void;
  readonly log: OutageLog;
}

export type QueueNames = Readonly<Record<Extension, string>>;
