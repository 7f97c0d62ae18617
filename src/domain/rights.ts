/**
 * All rights. Organization tokens, API keys and portal tokens each have a set of them;
 * `operations/operation-rights.ts` lists the right that each operation needs.
 */
export const RIGHTS = [
  'application:list',
  'application:read',
  'application:write',
  'attempt:write',
  'audit:read',
  'configuration:read',
  'configuration:write',
  'endpoint:read',
  'endpoint:write',
  'endpoint-secret:read',
  'endpoint-secret:write',
  'event-type:read',
  'event-type:write',
  'installation:read',
  'key:read',
  'key:write',
  'message:expunge',
  'message:publish',
  'message:read',
  'operational-webhook:read',
  'operational-webhook:write',
  'portal:write',
  'session:end',
  'session:renew',
  'settings:read',
  'settings:write',
  'status:read',
  'task:read',
  'transformation:write',
] as const;

export type Right = (typeof RIGHTS)[number];
export type Rights = ReadonlySet<Right>;

type OfSession = Extract<Right, `session:${string}`>;

function isOfSession(right: Right): right is OfSession {
  return right.startsWith('session:');
}

/** Rights beyond one application: a token that is limited to one application never has them. */
const OF_ORGANIZATION: Rights = new Set([
  'application:list',
  'application:write',
  'configuration:read',
  'configuration:write',
  'event-type:write',
  'installation:read',
  'key:read',
  'key:write',
  'operational-webhook:read',
  'operational-webhook:write',
  'settings:read',
  'settings:write',
  'status:read',
]);

/** Rights about the machines that all organizations share: only for the operator's organization. */
const OF_OPERATOR: Rights = new Set(['installation:read']);

/** The rights of tokens for the operator's organization, and of its API keys without scopes. */
export const OPERATOR_RIGHTS: Rights = new Set(
  // Such a token has no session, so it needs no rights on sessions.
  RIGHTS.filter((right) => !isOfSession(right)),
);

/** The same for all other organizations. */
export const ORGANIZATION_RIGHTS: Rights = new Set(
  [...OPERATOR_RIGHTS].filter((right) => !OF_OPERATOR.has(right)),
);

/** The capabilities of portal tokens, with Svix's names. */
export const CAPABILITIES = [
  'ViewBase',
  'ViewEndpointSecret',
  'ManageEndpointSecret',
  'ManageTransformations',
  'CreateAttempts',
  'ManageEndpoint',
] as const;

export type Capability = (typeof CAPABILITIES)[number];

export function isCapability(text: string): text is Capability {
  return (CAPABILITIES as readonly string[]).includes(text);
}

const VIEW: readonly Right[] = [
  'application:read',
  'endpoint:read',
  'event-type:read',
  'message:read',
  'session:end',
  'session:renew',
  'task:read',
];

/** The rights of each capability; a capability that changes something may also read it. */
const RIGHTS_OF: Readonly<Record<Capability, readonly Right[]>> = {
  ViewBase: VIEW,
  ViewEndpointSecret: [...VIEW, 'endpoint-secret:read'],
  ManageEndpointSecret: [...VIEW, 'endpoint-secret:read', 'endpoint-secret:write'],
  ManageTransformations: [...VIEW, 'transformation:write'],
  CreateAttempts: [...VIEW, 'attempt:write'],
  ManageEndpoint: [...VIEW, 'endpoint:write'],
};

export function rightsOfCapabilities(capabilities: readonly Capability[]): Rights {
  return new Set(capabilities.flatMap((capability) => RIGHTS_OF[capability]));
}

/** The rights of a portal token without capabilities. */
export const PORTAL_RIGHTS: Rights = rightsOfCapabilities(CAPABILITIES);

/** Names for several rights at once. */
const SCOPE_GROUPS = {
  /** Reads everything but secrets and keys. */
  read: RIGHTS.filter(
    (right) => right === 'application:list' || (right.endsWith(':read') && !isSensitive(right)),
  ),
  /** Publishes, and nothing else. */
  publish: ['message:publish'],
} as const satisfies Readonly<Record<string, readonly Right[]>>;

/** The scopes to which an API key can be limited. */
export const SCOPES = [
  'read',
  'publish',
  ...RIGHTS.filter((right) => !isOfSession(right)),
] as const;

export type Scope = keyof typeof SCOPE_GROUPS | Exclude<Right, OfSession>;

/** `scopes` null: everything. */
export function rightsOfScopes(scopes: readonly Scope[] | null, holder: KeyHolder): Rights {
  const all: readonly Right[] =
    scopes === null
      ? [...OPERATOR_RIGHTS]
      : scopes.flatMap((scope): readonly Right[] =>
          scope === 'read' || scope === 'publish' ? SCOPE_GROUPS[scope] : [scope],
        );
  return new Set(
    all.filter(
      (right) =>
        !(holder.isLimited && OF_ORGANIZATION.has(right)) &&
        !(!holder.isOperator && OF_OPERATOR.has(right)),
    ),
  );
}

export interface KeyHolder {
  /** The key is of the operator's organization. */
  readonly isOperator: boolean;
  /** The key is limited to one application. */
  readonly isLimited: boolean;
}

function isSensitive(right: Right): boolean {
  return right === 'endpoint-secret:read' || right === 'key:read';
}
