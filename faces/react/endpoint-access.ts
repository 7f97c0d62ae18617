import type {
  AuthenticationIn,
  AuthenticationOut,
  EndpointMtlsConfigIn,
  EndpointMtlsOut,
  EndpointOauthConfigIn,
  EndpointOauthOut,
  EndpointSignatureIn,
  EndpointSignatureOut,
} from '../kit/api/types.ts';
import { useAccess, useRemoveAccess, useSetAccess } from '../kit/endpoints/endpoint-access.ts';
import type { Act } from '../kit/hooks/use-act.ts';
import type { Thing } from '../kit/hooks/use-thing.ts';
import { usePortal } from './use-portal.ts';

/** How requests identify themselves to the receiver. */
export function useAuthentication(endpoint: string): Thing<AuthenticationOut> {
  return useAccess('authentication', usePortal().app, endpoint);
}

export function useSetAuthentication(endpoint: string): Act<AuthenticationIn, unknown> {
  return useSetAccess('authentication', usePortal().app, endpoint);
}

/** Removes the authentication, also that of OAuth 2. */
export function useRemoveAuthentication(endpoint: string): Act<void, unknown> {
  return useRemoveAccess('authentication', usePortal().app, endpoint);
}

/** The configuration of access tokens (OAuth 2), without the client secret. */
export function useOauth(endpoint: string): Thing<EndpointOauthOut> {
  return useAccess('oauth', usePortal().app, endpoint);
}

/** Sets the configuration of access tokens, which replaces any other authentication. */
export function useSetOauth(endpoint: string): Act<EndpointOauthConfigIn, unknown> {
  return useSetAccess('oauth', usePortal().app, endpoint);
}

/** The client certificate of connections, and the authorities that they trust. */
export function useMtls(endpoint: string): Thing<EndpointMtlsOut> {
  return useAccess('mtls', usePortal().app, endpoint);
}

export function useSetMtls(endpoint: string): Act<EndpointMtlsConfigIn, unknown> {
  return useSetAccess('mtls', usePortal().app, endpoint);
}

export function useRemoveMtls(endpoint: string): Act<void, unknown> {
  return useRemoveAccess('mtls', usePortal().app, endpoint);
}

/** A signature in the form of another provider; null: there is none. */
export function useSignature(endpoint: string): Thing<EndpointSignatureOut | null> {
  return useAccess('signature', usePortal().app, endpoint);
}

export function useSetSignature(endpoint: string): Act<EndpointSignatureIn, unknown> {
  return useSetAccess('signature', usePortal().app, endpoint);
}

export function useRemoveSignature(endpoint: string): Act<void, unknown> {
  return useRemoveAccess('signature', usePortal().app, endpoint);
}
