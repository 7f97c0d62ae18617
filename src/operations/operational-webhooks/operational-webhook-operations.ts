import type { Principal } from '../principal.ts';
import type { EndpointOperations } from '../endpoints/endpoint-operations.ts';

type OfOrganization<Operation> = Operation extends (
  principal: Principal,
  app: string,
  ...rest: infer Rest
) => infer Result
  ? (principal: Principal, ...rest: Rest) => Result
  : never;

/**
 * Endpoints that receive webhooks about the organization's endpoints and deliveries. They work like all other
 * endpoints, but belong to no application; their `eventTypes` come from `OPERATIONAL_EVENT_TYPES`. Not for
 * portals.
 */
export type OperationalWebhookOperations = {
  readonly [Name in OperationalName]: OfOrganization<EndpointOperations[Name]>;
};

type OperationalName =
  | 'create'
  | 'list'
  | 'get'
  | 'update'
  | 'patch'
  | 'delete'
  | 'getSecret'
  | 'rotateSecret'
  | 'getHeaders'
  | 'updateHeaders';
