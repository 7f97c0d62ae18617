import type { Application } from '../../domain/application.ts';
import { notFound } from '../../domain/errors.ts';
import type { Context } from '../context.ts';
import type { EndpointOperations } from '../endpoints/endpoint-operations.ts';
import type { Principal } from '../principal.ts';
import {
  createOperationalApplication,
  findOperationalApplication,
} from './operational-application.ts';
import type { OperationalWebhookOperations } from './operational-webhook-operations.ts';

/** Built on the operations of endpoints, with the organization's hidden application. */
export function createOperationalWebhookOperations(
  context: Context,
  endpoints: EndpointOperations,
): OperationalWebhookOperations {
  async function made(principal: Principal) {
    const { organizationId } = principal;
    const application =
      (await findOperationalApplication(context.storage, organizationId)) ??
      (await createOperationalApplication(context, organizationId));
    return within(principal, application);
  }

  async function found(principal: Principal, endpoint: string) {
    const application = await findOperationalApplication(context.storage, principal.organizationId);
    if (application === null) throw notFound('Endpoint', endpoint);
    return within(principal, application);
  }

  return {
    async create(principal, input, keep) {
      const { owner, app } = await made(principal);
      return endpoints.create(owner, app, input, keep);
    },
    async list(principal, options) {
      const { owner, app } = await made(principal);
      return endpoints.list(owner, app, options);
    },
    async get(principal, endpoint) {
      const { owner, app } = await found(principal, endpoint);
      return endpoints.get(owner, app, endpoint);
    },
    async update(principal, endpoint, input) {
      const { owner, app } = await made(principal);
      return endpoints.update(owner, app, endpoint, input);
    },
    async patch(principal, endpoint, input) {
      const { owner, app } = await found(principal, endpoint);
      return endpoints.patch(owner, app, endpoint, input);
    },
    async delete(principal, endpoint) {
      const { owner, app } = await found(principal, endpoint);
      await endpoints.delete(owner, app, endpoint);
    },
    async getSecret(principal, endpoint) {
      const { owner, app } = await found(principal, endpoint);
      return endpoints.getSecret(owner, app, endpoint);
    },
    async rotateSecret(principal, endpoint, input, keep) {
      const { owner, app } = await found(principal, endpoint);
      return endpoints.rotateSecret(owner, app, endpoint, input, keep);
    },
    async getHeaders(principal, endpoint) {
      const { owner, app } = await found(principal, endpoint);
      return endpoints.getHeaders(owner, app, endpoint);
    },
    async updateHeaders(principal, endpoint, input) {
      const { owner, app } = await found(principal, endpoint);
      await endpoints.updateHeaders(owner, app, endpoint, input);
    },
  };
}

function within(
  principal: Principal,
  { id: app, organizationId }: Pick<Application, 'id' | 'organizationId'>,
) {
  const owner: Principal = { ...principal, organizationId, auditedIn: principal.organizationId };
  return { owner, app };
}
