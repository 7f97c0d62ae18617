import { type AnyRouter, RouterProvider } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { ApiContext } from './api/api-context.tsx';
import { createApi } from './api/api.ts';
import { createHttp } from './api/http.ts';
import { type Look, OUR_LOOK, createQueries, mount } from './mount.tsx';
import { SessionContext } from './session/session-context.tsx';
import type { Session } from './session/session.ts';
import { SignedIn, identityOf } from './session/signed-in.tsx';

export interface Face {
  readonly session: Session;
  readonly router: AnyRouter;
  readonly signIn: (reason: string | null) => ReactNode;
  /** Default: our own. */
  readonly look?: Look;
}

/** Puts a face into its page: look, session, API, addresses. */
export function mountFace({ session, router, signIn, look = OUR_LOOK }: Face): void {
  const http = createHttp({ token: session.token, renew: session.renew });
  const api = createApi(http);
  const queries = createQueries();
  // Answers to the previous token must not be shown to the next one.
  session.subscribe(() => {
    if (session.token() === null) queries.clear();
  });
  const token = session.token();
  if (token !== null) {
    // Both requests start together, before the first render.
    void queries.prefetchQuery(identityOf(api, token));
    void router.load();
  }
  mount({
    look,
    queries,
    children: (
      <SessionContext value={session}>
        <ApiContext value={api}>
          <SignedIn signIn={signIn}>
            <RouterProvider router={router} />
          </SignedIn>
        </ApiContext>
      </SessionContext>
    ),
  });
}
