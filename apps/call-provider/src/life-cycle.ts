import { randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { CallEvent } from './call-event.ts';
import type { Delegation } from './read-action.ts';

export interface LifeCycleOptions {
  readonly telephoneNumber: () => string;
  /** Between two events of a call, standby aside. */
  readonly stepMs: number;
  /** How long a call waits for its delegation before it goes on by itself. */
  readonly standbyMs: number;
  readonly log: { info(message: string): void };
}

export interface LifeCycles {
  /**
   * Takes one call from `call.new` to `call.finished`; tells each event once the previous `tell` has resolved.
   * A call that `stop` has cut short can still be delegated, without effect.
   */
  run(tell: (event: CallEvent) => Promise<void>, stop: AbortSignal): Promise<void>;
  delegate(delegation: Delegation): 'delegated' | 'unknown-call' | 'not-in-standby';
}

const AFTER_STANDBY = [
  'call.waiting',
  'actor.entered',
  'call.ongoing',
  'actor.left',
  'call.finished',
];
const OUR_NUMBER = '(11) 4000-1234';

/** The calls that are underway in this process; a call that has finished is unknown. */
export function createLifeCycles(options: LifeCycleOptions): LifeCycles {
  const { telephoneNumber, stepMs, standbyMs, log } = options;
  /** By call id; the function ends the standby, null: not in standby. */
  const underway = new Map<string, ((destination: string) => void) | null>();

  return {
    async run(tell, stop) {
      const callId = randomUUID();
      const facts = {
        call_id: callId,
        code: randomInt(36 ** 4)
          .toString(36)
          .toUpperCase()
          .padStart(4, '0'),
        direction: 'inbound',
        our_number: OUR_NUMBER,
        their_number: telephoneNumber(),
      };
      const tellOf = (type: string) =>
        tell({ type, ...facts, timestamp: new Date().toISOString() });
      const delegation = Promise.withResolvers<string>();

      underway.set(callId, null);
      try {
        await tellOf('call.new');
        await pause(stepMs, undefined, { signal: stop });
        // Before `tellOf`: the customer may delegate before that resolves.
        underway.set(callId, delegation.resolve);
        await tellOf('call.standby');
        const destination = await firstOf(delegation.promise, standbyMs, stop);
        underway.set(callId, null);
        const how = destination === null ? 'goes on by itself' : `goes to ${destination}`;
        log.info(`the call of ${facts.their_number} ${how}`);
        for (const type of AFTER_STANDBY) {
          await tellOf(type);
          if (type !== 'call.finished') await pause(stepMs, undefined, { signal: stop });
        }
      } finally {
        // The customer can't know of the stop, so a delegation is still accepted.
        if (stop.aborted) underway.set(callId, () => {});
        else underway.delete(callId);
      }
    },

    delegate({ callId, destination }) {
      const endStandby = underway.get(callId);
      if (endStandby === undefined) return 'unknown-call';
      if (endStandby === null) return 'not-in-standby';
      underway.set(callId, null);
      endStandby(destination);
      return 'delegated';
    },
  };
}

/** Null when `withinMs` have passed first. */
async function firstOf<T>(result: Promise<T>, withinMs: number, stop: AbortSignal) {
  const cancel = new AbortController();
  const signal = AbortSignal.any([cancel.signal, stop]);
  const late = pause(withinMs, null, { signal });
  try {
    return await Promise.race([result, late]);
  } finally {
    cancel.abort();
    late.catch(() => undefined);
  }
}
