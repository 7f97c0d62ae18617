import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useApi } from '../kit/api/api-context.tsx';
import { useIdentity, useSession } from '../kit/session/session-context.tsx';

const LEAST_MS = 30_000;

/** Renews the token after half of its lifetime, or when the page becomes visible again after that. */
export function useRenewal(): void {
  const api = useApi();
  const session = useSession();
  const queries = useQueryClient();
  const identity = useIdentity();
  const { expiresAt, rights } = identity;
  const mayRenew = rights.includes('session:renew');
  useEffect(() => {
    if (expiresAt === null || !mayRenew) return undefined;
    const seenAt = Date.now();
    const dueAt = seenAt + Math.max(LEAST_MS, (Date.parse(expiresAt) - seenAt) / 2);
    let isUnderWay = false;

    async function renew() {
      if (isUnderWay || Date.now() < dueAt) return;
      isUnderWay = true;
      try {
        const renewed = await api.access.renew();
        // Only the expiry is replaced, so that the page is not rendered anew and keeps typed text.
        const goesOn = { ...identity, expiresAt: renewed.expiresAt };
        queries.setQueryData(['whoami', renewed.token], goesOn);
        queries.setQueryData(['whoami'], goesOn);
        session.signIn(renewed.token);
      } catch {
        // The next minute tries again; the API refuses a token that has ended.
        isUnderWay = false;
      }
    }

    const look = () => void renew();
    // A long timer would stop while the machine sleeps, so a short one checks the clock.
    const timer = setInterval(look, LEAST_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [api, session, queries, identity, expiresAt, mayRenew]);
}
