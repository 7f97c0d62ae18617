import { createApplicationOperations } from './applications.ts';
import { createAttemptOperations } from './attempts.ts';
import type { Context } from './context.ts';
import { createEndpointOperations } from './endpoints.ts';
import { createEventTypeOperations } from './event-types.ts';
import { createMessageOperations } from './messages.ts';
import type { Operations } from './operations.ts';
import { createTurns } from './turns.ts';

export interface OperationsDeps extends Omit<Context, 'turns' | 'maxPayloadChars'> {
  /** Longest JSON text of a payload. */
  readonly maxPayloadChars?: number;
}

export function createOperations(deps: OperationsDeps): Operations {
  const context: Context = { maxPayloadChars: 1024 * 1024, ...deps, turns: createTurns() };
  return {
    applications: createApplicationOperations(context),
    endpoints: createEndpointOperations(context),
    eventTypes: createEventTypeOperations(context),
    messages: createMessageOperations(context),
    attempts: createAttemptOperations(context),
  };
}
