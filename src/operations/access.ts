import type { Application } from '../domain/application.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { PosthasteError, notFound } from '../domain/errors.ts';
import type { Message } from '../domain/message.ts';
import type { Storage } from '../storage/storage.ts';
import { isName } from './fields.ts';
import type { Principal } from './operations.ts';

/** Refuses a portal principal. */
export function requireOrganization(principal: Principal): void {
  if (principal.applicationId !== undefined) {
    throw new PosthasteError(
      'insufficient_permissions',
      'A token of one application may not do this; use a token of the organization',
    );
  }
}

/**
 * The application, if the principal may see it. A portal principal learns nothing of others: those
 * that exist and those that do not are refused alike.
 */
export function permitted(
  principal: Principal,
  app: string,
  found: Application | null,
): Application {
  if (principal.applicationId !== undefined && found?.id !== principal.applicationId) {
    throw new PosthasteError(
      'insufficient_permissions',
      'This token is limited to another application',
    );
  }
  if (found === null) throw notFound('Application', app);
  return found;
}

export async function findApplication(
  storage: Storage,
  principal: Principal,
  app: string,
): Promise<Application> {
  const found = isName(app) ? await storage.applications.get(principal.organizationId, app) : null;
  return permitted(principal, app, found);
}

export async function findEndpoint(
  storage: Storage,
  application: Application,
  endpoint: string,
): Promise<Endpoint> {
  const found = isName(endpoint) ? await storage.endpoints.get(application.id, endpoint) : null;
  if (found === null) throw notFound('Endpoint', endpoint);
  return found;
}

export async function findMessage(
  storage: Storage,
  application: Application,
  message: string,
): Promise<Message> {
  const found = isName(message) ? await storage.messages.get(application.id, message) : null;
  if (found === null) throw notFound('Message', message);
  return found;
}
