import type { Session } from '../kit/session/session.ts';

/** A session that keeps the token of the embedding page in memory only. */
export function createHeldSession(
  given: string,
  onRefused: () => Promise<string | null> = () => Promise.resolve(null),
): Session {
  const listeners = new Set<() => void>();
  let token: string | null = given;
  let refusal: string | null = null;
  let renewing: Promise<string | null> | null = null;

  function keep(value: string | null, because: string | null): void {
    token = value;
    refusal = because;
    listeners.forEach((listener) => listener());
  }

  async function replace(because: string | null): Promise<string | null> {
    const fresh = await onRefused().catch(() => null);
    keep(fresh ?? token, fresh === null ? because : null);
    return fresh;
  }

  return {
    token: () => token,
    signIn: (value) => keep(value, null),
    signOut: () => keep(null, null),
    refusal: () => refusal,
    renew: (because) => (renewing ??= replace(because ?? null).finally(() => (renewing = null))),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
