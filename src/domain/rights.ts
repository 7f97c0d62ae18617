/**
 * What a token may do: the one list that organization tokens, API keys and portal tokens are sets of.
 * Which operation needs which right, `operations/operation-rights.ts` says.
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

/** Meaningless within one application: a token that is limited to one has none of them. */
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

/** About the machines that all organizations share: for the operator's organization only. */
const OF_OPERATOR: Rights = new Set(['installation:read']);

/** Of a token that is signed for the operator's organization, and of an API key of it without scopes. */
export const OPERATOR_RIGHTS: Rights = new Set(
  // Such a token has no session that it could end.
  RIGHTS.filter((right) => !isOfSession(right)),
);

/** The same of any other organization. */
export const ORGANIZATION_RIGHTS: Rights = new Set(
  [...OPERATOR_RIGHTS].filter((right) => !OF_OPERATOR.has(right)),
);

/** What a portal token lets customers do: Svix's words. */
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

/** Each of them shows what it changes. */
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

/** Of a portal token that names no capabilities. */
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

/** What an API key can be limited to. */
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
