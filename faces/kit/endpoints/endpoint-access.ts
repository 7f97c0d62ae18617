import type { Api } from '../api/api.ts';
import { useApi } from '../api/api-context.tsx';
import type {
  AuthenticationIn,
  AuthenticationOut,
  EndpointMtlsConfigIn,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthOut,
  EndpointSignatureIn,
  EndpointSignatureOut,
} from '../api/types.ts';
import { type Act, useAct } from '../hooks/use-act.ts';
import { type Thing, useThing } from '../hooks/use-thing.ts';

/** The ways in which requests prove who sends them. Each kind has the form that is shown and the form that is set. */
interface Kinds {
  readonly authentication: { shown: AuthenticationOut; given: AuthenticationIn };
  /** A kind of authentication: setting one replaces the other. */
  readonly oauth: { shown: EndpointOauthOut; given: EndpointOauthConfigIn };
  readonly mtls: { shown: EndpointMtlsOut; given: EndpointMtlsConfigIn };
  /** A signature in the form of another provider; null: there is none. */
  readonly signature: { shown: EndpointSignatureOut | null; given: EndpointSignatureIn };
}
export type AccessKind = keyof Kinds;
export type ShownAccess<K extends AccessKind> = Kinds[K]['shown'];
export type GivenAccess<K extends AccessKind> = Kinds[K]['given'];

export function useAccess<K extends AccessKind>(
  kind: K,
  app: string,
  endpoint: string,
  options: { enabled?: boolean } = {},
): Thing<ShownAccess<K>> {
  const { read } = OPERATIONS[kind](useApi());
  return useThing([...keyOf(app, endpoint), kind], () => read(app, endpoint), options);
}

export function useSetAccess<K extends AccessKind>(
  kind: K,
  app: string,
  endpoint: string,
): Act<GivenAccess<K>, unknown> {
  const { set } = OPERATIONS[kind](useApi());
  return useAct((input) => set(app, endpoint, input), [keyOf(app, endpoint)]);
}

/** `onRemoved` is called before the page shows the removal: a form that changes later moves what is being clicked. */
export function useRemoveAccess(
  kind: AccessKind,
  app: string,
  endpoint: string,
  onRemoved?: () => void,
): Act<void, unknown> {
  const { remove } = OPERATIONS[kind](useApi());
  return useAct(() => remove(app, endpoint).then(onRemoved), [keyOf(app, endpoint)]);
}

const OPERATIONS: {
  readonly [K in AccessKind]: (api: Api) => {
    read: (app: string, endpoint: string) => Promise<ShownAccess<K>>;
    set: (app: string, endpoint: string, input: GivenAccess<K>) => Promise<unknown>;
    remove: (app: string, endpoint: string) => Promise<unknown>;
  };
} = {
  authentication: ({ endpoints }) => ({
    read: endpoints.authentication,
    set: endpoints.setAuthentication,
    remove: endpoints.deleteAuthentication,
  }),
  oauth: ({ endpoints }) => ({
    read: endpoints.oauth,
    set: endpoints.setOauth,
    remove: endpoints.deleteOauth,
  }),
  mtls: ({ endpoints }) => ({
    read: endpoints.mtls,
    set: endpoints.setMtls,
    remove: endpoints.deleteMtls,
  }),
  signature: ({ endpoints }) => ({
    read: async (app, endpoint) => (await endpoints.signature(app, endpoint)).config,
    set: endpoints.setSignature,
    remove: endpoints.deleteSignature,
  }),
};

function keyOf(app: string, endpoint: string) {
  return ['access', app, endpoint];
}
