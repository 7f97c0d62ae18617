import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useApi } from '../kit/api/api-context.tsx';
import { useIdentity, useSession } from '../kit/session/session-context.tsx';

const LEAST_MS = 30_000;

/** Renews the token half-way to its end, and when somebody comes back to the page after that. */
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
        // The page goes on with who it knows, and keeps what is being typed.
        const goesOn = { ...identity, expiresAt: renewed.expiresAt };
        queries.setQueryData(['whoami', renewed.token], goesOn);
        queries.setQueryData(['whoami'], goesOn);
        session.signIn(renewed.token);
      } catch {
        // The next minute tries again; a token that has ended says so by itself.
        isUnderWay = false;
      }
    }

    const look = () => void renew();
    // A timer sleeps with the machine: it is asked often what time it is.
    const timer = setInterval(look, LEAST_MS);
    document.addEventListener('visibilitychange', look);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
    };
  }, [api, session, queries, identity, expiresAt, mayRenew]);
}
