import { createContext, use, useSyncExternalStore } from 'react';
import type { WhoamiOut } from '../api/types.ts';
import type { Session } from './session.ts';

export const SessionContext = createContext<Session | null>(null);
/** Who is signed in, and with which rights; null: not known yet. */
export const IdentityContext = createContext<WhoamiOut | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('useSession is called outside of a face');
  return session;
}

export function useToken(): string | null {
  const session = useSession();
  return useSyncExternalStore(session.subscribe, session.token);
}

export function useIdentity(): WhoamiOut {
  const identity = use(IdentityContext);
  if (identity === null) throw new Error('useIdentity is called before sign-in');
  return identity;
}

type Right = WhoamiOut['rights'][number];

/** Whether the token has a right. The API enforces rights; the page only disables what would be refused. */
export function useMay(right: Right): boolean {
  return useIdentity().rights.includes(right);
}
