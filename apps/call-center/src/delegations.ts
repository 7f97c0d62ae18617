import { setTimeout as pause } from 'node:timers/promises';
import type { CallStore, Delegation } from './call-store.ts';
import { postJson } from './post-json.ts';

export interface DelegationsContext {
  readonly calls: CallStore;
  readonly providerUrl: string;
  readonly log: { warn(message: string): void };
}

const AT_A_TIME = 16;
const RETRY_MS = 500;

/**
 * Tells the provider which extension takes a call that is in standby there. The database keeps what
 * is still to be told, so a restart forgets none; after the 10 s for which the provider waits the
 * call has gone on by itself, and there is nothing left to tell.
 */
export function createDelegations({ calls, providerUrl, log }: DelegationsContext) {
  const actionsUrl = new URL('/actions', providerUrl);
  const inFlight = new Map<number, Promise<void>>();
  const stop = new AbortController();

  function wake(): void {
    if (stop.signal.aborted) return;
    try {
      for (const delegation of calls.delegations(Date.now(), AT_A_TIME + inFlight.size)) {
        if (inFlight.size >= AT_A_TIME) return;
        if (inFlight.has(delegation.callId)) continue;
        inFlight.set(delegation.callId, carryOut(delegation));
      }
    } catch (error) {
      log.warn(`the delegations could not be read, trying again: ${String(error)}`);
      setTimeout(wake, RETRY_MS).unref();
    }
  }

  async function carryOut(delegation: Delegation): Promise<void> {
    try {
      await delegate(delegation);
    } catch (error) {
      if (!stop.signal.aborted) {
        log.warn(`call ${delegation.callId} is not delegated yet: ${String(error)}`);
        await pause(RETRY_MS, undefined, { signal: stop.signal }).catch(() => {});
      }
    }
    inFlight.delete(delegation.callId);
    wake();
  }

  async function delegate({ callId, providerCallId, extension, until }: Delegation): Promise<void> {
    const action = { type: 'delegate', call_id: providerCallId, destination: extension };
    const timeoutMs = Math.max(1, until - Date.now());
    const { status, text } = await postJson(actionsUrl, action, timeoutMs, stop.signal);
    if (status >= 500) throw new Error(`the provider answered ${status}`);
    // A refusal will not change: the provider doesn't know the call, or it has gone on.
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
