import type { Application } from '../domain/application.ts';
import type { EventType } from '../domain/event-type.ts';
import type { Endpoint } from '../domain/endpoint.ts';
import { notFound } from '../domain/errors.ts';
import type { Message } from '../domain/message.ts';
import type { Storage } from '../storage/storage.ts';
import { isName } from './fields.ts';
import type { Principal } from './principal.ts';

/**
 * The application, if the principal may see it. For a principal that is limited to one application, all others
 * are `not_found`, so that it can't find out which exist.
 */
export function requireVisible(
  principal: Principal,
  app: string,
  found: Application | null,
): Application {
  const visible = principal.applicationId === undefined || found?.id === principal.applicationId;
  if (found === null || !visible) throw notFound('Application', app);
  return found;
}

/** The feature flags of the event types that the principal may see; null: it may see all of them. */
export function visibleFlags({ applicationId, featureFlags }: Principal): readonly string[] | null {
  if (applicationId === undefined) return null;
  return featureFlags === undefined ? [] : featureFlags;
}

/** Whether an event type exists for the principal. */
export function shows(
  principal: Principal,
  { featureFlags }: Pick<EventType, 'featureFlags'>,
): boolean {
  const visible = visibleFlags(principal);
  if (visible === null || featureFlags.length === 0) return true;
  return featureFlags.some((flag) => visible.includes(flag));
}

export async function findApplication(
  storage: Storage,
  principal: Principal,
  app: string,
): Promise<Application> {
  const found = isName(app) ? await storage.applications.get(principal.organizationId, app) : null;
  return requireVisible(principal, app, found);
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
