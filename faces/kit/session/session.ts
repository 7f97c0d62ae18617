/** The token of this tab: gone when the tab is closed, and never in a cookie or an address. */
export interface Session {
  readonly token: () => string | null;
  readonly signIn: (token: string) => void;
  readonly signOut: () => void;
  /** Why the last token was refused; null: it was not. */
  readonly refusal: () => string | null;
  /** Asks for a token without a person, at the start or after a refusal; null: a person must sign in. */
  readonly renew: (refusal?: string) => Promise<string | null>;
  readonly subscribe: (listener: () => void) => () => void;
}

export interface SessionOptions {
  /** The name in `sessionStorage`: each face has its own. */
  readonly name: string;
  /** Gets a token without a person; null: a person must sign in. */
  readonly fetchToken: () => Promise<string | null>;
}

export function createSession({ name, fetchToken }: SessionOptions): Session {
  const listeners = new Set<() => void>();
  let renewing: Promise<string | null> | null = null;
  // The token where the browser forbids storage; a reload signs out.
  let held: string | null = null;
  let refusal: string | null = null;

  function token(): string | null {
    try {
      return sessionStorage.getItem(name) ?? held;
    } catch {
      return held;
    }
  }

  function keep(value: string | null, because: string | null = null): void {
    held = value;
    refusal = because;
    try {
      if (value === null) sessionStorage.removeItem(name);
      else sessionStorage.setItem(name, value);
    } catch {
      // A policy of the browser forbids storage, as in some frames.
    }
    listeners.forEach((listener) => listener());
  }

  async function renew(because: string | null): Promise<string | null> {
    const fetched = await fetchToken().catch(() => null);
    keep(fetched, fetched === null ? because : null);
    return fetched;
  }

  return {
    token,
    signIn: (value) => keep(value),
    signOut: () => keep(null),
    refusal: () => refusal,
    renew: (because) => (renewing ??= renew(because ?? null).finally(() => (renewing = null))),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The token that the server of `posthaste dev` gives to a page on its own machine. */
export async function fetchTokenHere(): Promise<string | null> {
  if (document.documentElement.dataset['signIn'] !== 'by-itself') return null;
  const response = await fetch('/sign-in', { method: 'POST' });
  if (!response.ok) return null;
  const { token } = (await response.json()) as { token: string };
  return token;
}
