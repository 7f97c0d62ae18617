import type { Call, CallStore, Extension } from './call-store.ts';

export interface AgentsContext {
  readonly calls: CallStore;
  /** Resolves when a call at an extension is over. */
  readonly talk: (extension: Extension) => Promise<void>;
  readonly onChange: (call: Call) => void;
  readonly onError: (message: string, error: unknown) => void;
}

const RETRY_MS = 1_000;

/**
 * The agents of both extensions: each call that is brought to them is active as long as its
 * agent talks, then completed. Only a call that waits is taken, and the database decides who
 * takes it, so a call that is brought twice is served once.
 */
export function createAgents({ calls, talk, onChange, onError }: AgentsContext) {
  return {
    /** Resolves when the call is over. Rejects, with the call still waiting, when it couldn't be taken. */
    async serve(callId: number): Promise<void> {
      const call = calls.activate(callId, Date.now());
      if (call === null) return;
      onChange(call);
      await talk(call.extension);
      await complete(callId);
    },
    /** Ends the calls that were active when the program last stopped. */
    finishInterrupted(): void {
      for (const callId of calls.active()) calls.complete(callId, Date.now());
    },
  };

  async function complete(callId: number): Promise<void> {
    try {
      const call = calls.complete(callId, Date.now());
      if (call !== null) onChange(call);
    } catch (error) {
      onError(`call ${callId} is over but could not be stored, trying again`, error);
      await pause(RETRY_MS);
      await complete(callId);
    }
  }
}

export function talkFor(durationsMs: Readonly<Record<Extension, number>>): AgentsContext['talk'] {
  return (extension) => pause(durationsMs[extension]);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
