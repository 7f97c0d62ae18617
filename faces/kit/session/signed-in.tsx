import { Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { useApi } from '../api/api-context.tsx';
import type { Api } from '../api/api.ts';
import { toApiError } from '../api/api-error.ts';
import { readAgainMs } from '../hooks/read-again.ts';
import { ErrorNotice } from '../parts/error-notice.tsx';
import { IdentityContext, useSession, useToken } from './session-context.tsx';

/** The query that asks whose a token is. */
export function identityOf(api: Api, token: string | null) {
  return {
    queryKey: ['whoami', token],
    queryFn: () => api.access.whoami(),
    staleTime: Infinity,
    retry: false,
  } as const;
}

export interface SignedInProps {
  /** The page for a person without a token; `reason` says why the last token was refused. */
  readonly signIn: (reason: string | null) => ReactNode;
  readonly children: ReactNode;
}

/**
 * Shows the face to a person with a token, already while the API is asked for the token's owner. Shows `signIn` to a
 * person without a token, or with one that the API refuses.
 */
export function SignedIn({ signIn, children }: SignedInProps) {
  const api = useApi();
  const session = useSession();
  const token = useToken();
  const [isAsking, setIsAsking] = useState(token === null);
  useEffect(() => {
    if (session.token() === null) void session.renew().finally(() => setIsAsking(false));
  }, [session]);
  const identity = useQuery({
    ...identityOf(api, token),
    enabled: token !== null,
    refetchInterval: ({ state }) => readAgainMs(0, state.error),
  });

  if (identity.data || identity.isLoading) {
    return <IdentityContext value={identity.data ?? null}>{children}</IdentityContext>;
  }
  if (identity.error && toApiError(identity.error).status !== 401) {
    return (
      <Center mih="60vh" p="md">
        <ErrorNotice error={identity.error} onRetry={() => void identity.refetch()} />
      </Center>
    );
  }
  if (isAsking) {
    return (
      <Center mih="60vh">
        <Loader aria-label="Signing in" />
      </Center>
    );
  }
  return signIn(session.refusal());
}
