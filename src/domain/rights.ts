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
  'key:read',
  'key:write',
  'operational-webhook:read',
  'operational-webhook:write',
  'settings:read',
  'settings:write',
  'status:read',
]);

/** Of a token that is signed for the organization, and of an API key without scopes. */
export const ORGANIZATION_RIGHTS: Rights = new Set(
  // Such a token has no session that it could end.
  RIGHTS.filter((right) => !isOfSession(right)),
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
export function rightsOfScopes(
  scopes: readonly Scope[] | null,
  limitedTo: { readonly application: boolean },
): Rights {
  const all: readonly Right[] =
    scopes === null
      ? [...ORGANIZATION_RIGHTS]
      : scopes.flatMap((scope): readonly Right[] =>
          scope === 'read' || scope === 'publish' ? SCOPE_GROUPS[scope] : [scope],
        );
  return new Set(limitedTo.application ? all.filter((right) => !OF_ORGANIZATION.has(right)) : all);
}

function isSensitive(right: Right): boolean {
  return right === 'endpoint-secret:read' || right === 'key:read';
}
