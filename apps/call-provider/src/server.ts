import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { PosthasteError } from 'posthaste';
import type { Accounts } from './accounts.ts';
import { isErrors } from '@posthaste/app-kit/api-error';
import { createApiServer } from '@posthaste/app-kit/api-server';
import type { LifeCycles } from './life-cycle.ts';
import { readAction } from './read-action.ts';
import { readRegistration } from './read-registration.ts';

export interface ServerContext {
  readonly accounts: Accounts;
  readonly lifeCycles: LifeCycles;
  readonly log: FastifyBaseLogger;
}

export function createServer({ accounts, lifeCycles, log }: ServerContext): FastifyInstance {
  const server = createApiServer(log, 'the provider cannot do this now');

  server.post('/webhook', async ({ body, headers }, reply) => {
    const registration = readRegistration(body, headers);
    if (isErrors(registration)) return reply.code(400).send(registration);
    const { name, callbackURL } = registration;
    try {
      if ((await accounts.register(registration)) === 'already-registered') {
        const message = `${name} is registered already`;
        return reply.code(400).send([{ errorCode: 'ALREADY_REGISTERED', message }]);
      }
    } catch (error) {
      if (isRefusedUrl(error)) return reply.code(400).send([REFUSED_URL]);
      throw error;
    }
    log.info(`${name} registered ${callbackURL}`);
    return reply.code(200).send();
  });

  server.post('/actions', (request, reply) => {
    const action = readAction(request.body);
    if (isErrors(action)) return reply.code(400).send(action);
    const { callId } = action;
    switch (lifeCycles.delegate(action)) {
      case 'delegated':
        return reply.code(200).send();
      case 'unknown-call':
        return reply
          .code(404)
          .send([{ errorCode: 'UNKNOWN_CALL', message: `there is no call ${callId} underway` }]);
      case 'not-in-standby':
        return reply
          .code(409)
          .send([{ errorCode: 'NOT_IN_STANDBY', message: `call ${callId} is not in standby` }]);
    }
  });
  return server;
}

/** The callback's address is in a network that Posthaste is not allowed to reach. */
function isRefusedUrl(error: unknown): boolean {
  if (!(error instanceof PosthasteError)) return false;
  return error.fieldErrors.some(({ loc }) => loc.join('.') === 'body.url');
}

const REFUSED_URL = {
  errorCode: 'INVALID_CALLBACK_URL',
  message: 'callbackURL is at an address that this provider may not call',
};
