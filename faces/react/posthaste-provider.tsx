import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiContext } from '../kit/api/api-context.tsx';
import { type Api, createApi } from '../kit/api/api.ts';
import { type ApiError, toApiError } from '../kit/api/api-error.ts';
import { createHttp } from '../kit/api/http.ts';
import { readAgainMs } from '../kit/hooks/read-again.ts';
import { IdentityContext, SessionContext } from '../kit/session/session-context.tsx';
import type { Session } from '../kit/session/session.ts';
import { createHeldSession } from './held-session.ts';
import { useRenewal } from './use-renewal.ts';

export interface PosthasteProviderProps {
  /** Where Posthaste is, such as `https://webhooks.example.com`; default: the server of the page. */
  readonly serverUrl?: string;
  /** A token from `auth/app-portal-access`. With a new token all data of the previous one is discarded. */
  readonly token: string;
  /**
   * Called when the token is refused, because it has expired or was revoked. Gets another one from your server;
   * null: there is none. Before that, the token is renewed automatically as long as the API allows.
   */
  readonly onRefused?: () => Promise<string | null>;
  /** Shown until it is known what the token may do. */
  readonly loading?: ReactNode;
  /** Shown when the token is not accepted, or the server not reached. */
  readonly failed?: (error: ApiError) => ReactNode;
  readonly children: ReactNode;
}

/** Must be around all components that use the hooks. */
export function PosthasteProvider(props: PosthasteProviderProps) {
  // A new key discards everything of the previous token, also the cache.
  return <Provider key={`${props.serverUrl ?? ''} ${props.token}`} {...props} />;
}

interface Held {
  readonly session: Session;
  readonly api: Api;
  readonly queries: QueryClient;
}

function Provider({ serverUrl = '', token, onRefused, ...rest }: PosthasteProviderProps) {
  const [{ session, api, queries }] = useState((): Held => {
    const session = createHeldSession(token, onRefused);
    return {
      session,
      api: createApi(createHttp({ serverUrl, token: session.token, renew: session.renew })),
      queries: new QueryClient({
        defaultOptions: {
          queries: {
            staleTime: 2_000,
            retry: (failures, error) => failures < 2 && toApiError(error).status === 0,
          },
        },
      }),
    };
  });
  useEffect(() => () => queries.clear(), [queries]);
  return (
    <QueryClientProvider client={queries}>
      <SessionContext value={session}>
        <ApiContext value={api}>
          <Identified api={api} {...rest} />
        </ApiContext>
      </SessionContext>
    </QueryClientProvider>
  );
}

type IdentifiedProps = Pick<PosthasteProviderProps, 'loading' | 'failed' | 'children'> & {
  readonly api: Api;
};

function Identified({ api, loading = null, failed = () => null, children }: IdentifiedProps) {
  const { data, error } = useQuery({
    queryKey: ['whoami'],
    queryFn: () => api.access.whoami(),
    staleTime: Infinity,
    refetchInterval: ({ state }) => readAgainMs(0, state.error),
  });
  if (data) {
    return (
      <IdentityContext value={data}>
        <Renewal />
        {children}
      </IdentityContext>
    );
  }
  return error ? failed(toApiError(error)) : loading;
}

function Renewal() {
  useRenewal();
  return null;
}
