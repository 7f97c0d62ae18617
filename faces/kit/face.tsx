import {
  type CSSVariablesResolver,
  type MantineColorSchemeManager,
  MantineProvider,
  type MantineThemeOverride,
} from '@mantine/core';
import '@mantine/core/styles.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { type AnyRouter, RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { type ReactNode, StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiContext } from './api/api-context.tsx';
import { createApi } from './api/api.ts';
import { toApiError } from './api/api-error.ts';
import { createHttp } from './api/http.ts';
import { Announcer } from './parts/announcer.tsx';
import { SessionContext } from './session/session-context.tsx';
import type { Session } from './session/session.ts';
import { SignedIn } from './session/signed-in.tsx';
import { cssVariables, theme } from './theme/theme.ts';
import './theme/theme.css';

export interface Face {
  readonly session: Session;
  readonly router: AnyRouter;
  readonly signIn: (reason: string | null) => ReactNode;
  /** Default: our own. */
  readonly look?: Look;
}

export interface Look {
  readonly theme: MantineThemeOverride;
  readonly cssVariables: CSSVariablesResolver;
  /** Knows whether light or dark was chosen; default: this browser keeps that. */
  readonly schemes?: MantineColorSchemeManager;
}

/** Puts a face into its page: look, session, API, addresses. */
export function mountFace({ session, router, signIn, look = { theme, cssVariables } }: Face): void {
  const root = document.getElementById('face');
  if (root === null) throw new Error('the page has no place for its face');
  const http = createHttp({ token: session.token, renew: session.renew });
  const queries = createQueries();
  // Another token must not see what the one before was answered.
  session.subscribe(() => {
    if (session.token() === null) queries.clear();
  });
  setNonce(styleNonce());
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={look.theme}
        cssVariablesResolver={look.cssVariables}
        {...(look.schemes && { colorSchemeManager: look.schemes })}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
      >
        <QueryClientProvider client={queries}>
          <SessionContext value={session}>
            <ApiContext value={createApi(http)}>
              <Announcer>
                <SignedIn signIn={signIn}>
                  <RouterProvider router={router} />
                </SignedIn>
              </Announcer>
            </ApiContext>
          </SessionContext>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 2_000,
        // A refusal stays one; a server that restarts comes back.
        retry: (failures, error) => failures < 2 && toApiError(error).status === 0,
        refetchOnWindowFocus: true,
      },
    },
  });
}

/** The policy of the page allows style elements with this nonce only. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property=csp-nonce]')?.nonce ?? '';
}
