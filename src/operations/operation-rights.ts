import type { Right } from '../domain/rights.ts';
import type { GuardedOperations } from './guarded-operations.ts';
import { type Principal, lacking, rightsOf } from './principal.ts';

/** The right that each operation needs; null: any valid token. */
export const OPERATION_RIGHTS: OperationRights = {
  applications: {
    create: 'application:write',
    list: 'application:list',
    get: 'application:read',
    update: 'application:write',
    patch: 'application:write',
    delete: 'application:write',
  },
  endpoints: {
    create: 'endpoint:write',
    list: 'endpoint:read',
    get: 'endpoint:read',
    update: 'endpoint:write',
    patch: 'endpoint:write',
    delete: 'endpoint:write',
    pause: 'endpoint:write',
    resume: 'endpoint:write',
    getSecret: 'endpoint-secret:read',
    rotateSecret: 'endpoint-secret:write',
    getHeaders: 'endpoint:read',
    updateHeaders: 'endpoint:write',
    patchHeaders: 'endpoint:write',
    stats: 'endpoint:read',
    attemptStats: 'endpoint:read',
    testFilter: 'endpoint:read',
    rateLimitStatus: 'endpoint:read',
    head: 'endpoint:read',
    skipHead: 'endpoint:write',
    retryHead: 'attempt:write',
    getAuthentication: 'endpoint:read',
    setAuthentication: 'endpoint:write',
    deleteAuthentication: 'endpoint:write',
    getOauth: 'endpoint:read',
    getOauthConfig: 'endpoint:read',
    setOauth: 'endpoint:write',
    deleteOauth: 'endpoint:write',
    getMtls: 'endpoint:read',
    getMtlsConfig: 'endpoint:read',
    setMtls: 'endpoint:write',
    deleteMtls: 'endpoint:write',
    getSignature: 'endpoint:read',
    getSignatureConfig: 'endpoint:read',
    setSignature: 'endpoint:write',
    deleteSignature: 'endpoint:write',
    getTransformation: 'endpoint:read',
    patchTransformation: 'transformation:write',
    simulateTransformation: 'transformation:write',
  },
  operationalWebhooks: {
    create: 'operational-webhook:write',
    list: 'operational-webhook:read',
    get: 'operational-webhook:read',
    update: 'operational-webhook:write',
    patch: 'operational-webhook:write',
    delete: 'operational-webhook:write',
    getSecret: 'operational-webhook:write',
    rotateSecret: 'operational-webhook:write',
    getHeaders: 'operational-webhook:read',
    updateHeaders: 'operational-webhook:write',
  },
  eventTypes: {
    create: 'event-type:write',
    importOpenapi: 'event-type:write',
    exportOpenapi: 'event-type:read',
    list: 'event-type:read',
    get: 'event-type:read',
    update: 'event-type:write',
    patch: 'event-type:write',
    delete: 'event-type:write',
  },
  messages: {
    create: 'message:publish',
    list: 'message:read',
    get: 'message:read',
    routing: 'message:read',
    rawPayload: 'message:read',
    precheck: 'message:publish',
    createBatch: 'message:publish',
    sendExample: 'attempt:write',
    bulkExpunge: 'message:expunge',
    cancel: 'message:expunge',
    expungeContent: 'message:expunge',
  },
  attempts: {
    listByMessage: 'message:read',
    listByEndpoint: 'message:read',
    listMessages: 'message:read',
    getHeaders: 'message:read',
    get: 'message:read',
    expungeContent: 'message:expunge',
    listDestinations: 'message:read',
    resend: 'attempt:write',
  },
  tasks: {
    recover: 'attempt:write',
    replayMissing: 'attempt:write',
    bulkReplay: 'attempt:write',
    cancelMessages: 'endpoint:write',
    purgeContent: 'message:expunge',
    aggregateUsage: 'status:read',
    aggregateEventTypes: 'status:read',
    list: 'task:read',
    get: 'task:read',
    cancel: 'attempt:write',
  },
  portalAccess: {
    grant: 'portal:write',
    expireAll: 'portal:write',
    logout: 'session:end',
    renew: 'session:renew',
    whoami: null,
  },
  apiKeys: {
    create: 'key:write',
    list: 'key:read',
    get: 'key:read',
    update: 'key:write',
    patch: 'key:write',
    expire: 'key:write',
  },
  configuration: { export: 'configuration:read', import: 'configuration:write' },
  settings: { get: 'settings:read', patch: 'settings:write' },
  outbox: { send: 'message:publish' },
  statistics: {
    ofApplication: 'endpoint:read',
    ofEndpoint: 'endpoint:read',
    ofOrganization: 'status:read',
    byEventType: 'endpoint:read',
    countActiveApplications: 'status:read',
    countEndpoints: 'status:read',
  },
  status: {
    get: 'status:read',
    troubledEndpoints: 'status:read',
    endpoints: 'endpoint:read',
    endpoint: 'endpoint:read',
    settings: 'installation:read',
  },
  undelivered: {
    list: 'message:read',
    listOfApplication: 'message:read',
    count: 'message:read',
    countOfApplication: 'message:read',
  },
  audit: { list: 'audit:read' },
  listeners: {
    open: 'endpoint:write',
    // Requests contain everything that is sent to the endpoint, credentials included.
    requests: 'attempt:write',
    answer: 'attempt:write',
    close: 'endpoint:write',
  },
};

type OperationRights = {
  readonly [R in keyof GuardedOperations]: {
    readonly [
      O in keyof GuardedOperations[R] as TakesPrincipal<GuardedOperations[R][O]> extends true
        ? O
        : never
    ]: Right | null;
  };
};

type TakesPrincipal<O> = O extends (principal: infer P, ...rest: never[]) => unknown
  ? P extends Principal
    ? true
    : false
  : false;

/** Wraps the operations: each rejects with `insufficient_permissions` when the principal lacks its right. */
export function guardOperations<T extends GuardedOperations>(operations: T): T {
  const guarded = { ...operations };
  for (const resource of Object.keys(OPERATION_RIGHTS) as (keyof GuardedOperations)[]) {
    const guardedResource = { ...operations[resource] } as Record<string, unknown>;
    for (const [name, right] of Object.entries<Right | null>(OPERATION_RIGHTS[resource])) {
      const operation = guardedResource[name] as Operation;
      guardedResource[name] = guard(operation, right, `${resource}.${name}`);
    }
    Object.assign(guarded, { [resource]: guardedResource });
  }
  return guarded;
}

type Operation = (principal: Principal, ...rest: readonly unknown[]) => unknown;

function guard(operation: Operation, right: Right | null, name: string): Operation {
  if (right === null) return operation;
  // A publish is not audited, and must not pay for it.
  const isChange = !/:(read|list|publish)$/.test(right);
  return (principal, ...rest) => {
    if (!rightsOf(principal).has(right)) return Promise.reject(lacking(right));
    return operation(isChange ? { ...principal, operation: name } : principal, ...rest);
  };
}
