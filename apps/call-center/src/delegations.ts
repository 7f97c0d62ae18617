import { setTimeout as pause } from 'node:timers/promises';
import { type OutageLog, createOutage } from '@posthaste/app-kit/outage';
import { DELEGATION_MS } from './call-event.ts';
import type { CallStore, Delegation } from './call-store.ts';
import { postJson } from './post-json.ts';

export interface DelegationsContext {
  readonly calls: CallStore;
  readonly providerUrl: string;
  readonly log: OutageLog;
}

const AT_A_TIME = 16;
const RETRY_MS = 500;
/** Timeout, too early, too many requests: the provider may take the same request a moment later. */
const TRY_AGAIN = new Set([408, 425, 429]);

/**
 * Tells the provider which extension takes a call that is in standby there. The database keeps the
 * delegations that are still to be sent, so a restart loses none. The provider waits for 10 s; then the
 * call goes on by itself, and its delegation is not sent any more.
 */
export function createDelegations({ calls, providerUrl, log }: DelegationsContext) {
  const actionsUrl = new URL('/actions', providerUrl).href;
  const inFlight = new Map<number, Promise<void>>();
  const stop = new AbortController();
  const providerOutage = createOutage(
    log,
    `calls cannot be delegated at ${actionsUrl}`,
    `${actionsUrl} answers again`,
  );
  const databaseOutage = createOutage(
    log,
    'delegations cannot be read',
    'delegations can be read again',
  );

  function wake(): void {
    if (stop.signal.aborted) return;
    try {
      const waiting = calls.delegations(Date.now(), AT_A_TIME + inFlight.size);
      databaseOutage.back();
      for (const delegation of waiting) {
        if (inFlight.size >= AT_A_TIME) return;
        if (inFlight.has(delegation.callId)) continue;
        inFlight.set(delegation.callId, carryOut(delegation));
      }
    } catch (error) {
      databaseOutage.away(error);
      setTimeout(wake, RETRY_MS).unref();
    }
  }

  async function carryOut(delegation: Delegation): Promise<void> {
    try {
      await delegate(delegation);
    } catch (error) {
      if (!stop.signal.aborted) {
        providerOutage.away(error);
        await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
    inFlight.delete(delegation.callId);
    wake();
  }

  async function delegate({ callId, providerCallId, extension, until }: Delegation): Promise<void> {
    const action = { type: 'delegate', call_id: providerCallId, destination: extension };
    const timeoutMs = timeLeft(until, Date.now());
    const { status, text } = await postJson(actionsUrl, action, timeoutMs, stop.signal);
    if (TRY_AGAIN.has(status) || status >= 500)
      throw new Error(`it answered ${status} ${text.slice(0, 200)}`.trimEnd());
    providerOutage.back();
    // A refusal is final: the provider doesn't know the call, or the call has gone on.
    if (status >= 300)
      log.warn(`call ${callId} was not delegated: ${status} ${text.slice(0, 200)}`);
    calls.endDelegation(callId);
  }

  return {
    wake,
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(inFlight.values());
    },
  };
}

/** Never longer than the provider waits, also when the clock was set back since. */
export function timeLeft(until: number, now: number): number {
  return Math.min(Math.max(1, until - now), DELEGATION_MS);
}
