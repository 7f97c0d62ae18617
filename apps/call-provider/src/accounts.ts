import { createHash } from 'node:crypto';
import { type Posthaste, PosthasteError } from 'posthaste';
import type { Registration } from './read-registration.ts';

export interface Accounts {
  /**
   * Creates the account, or enables it again with its failures forgotten and the callback URL (and
   * the secret, when one is given) replaced. `already-registered`: it is enabled, and nothing has
   * changed. Registrations of one name take turns, so of two at once one is the second.
   */
  register(registration: Registration): Promise<'registered' | 'already-registered'>;
  /** The names of the enabled accounts, oldest first, in pages. */
  enabled(): AsyncGenerator<readonly string[]>;
}

const ENDPOINT = 'callback';
const PAGE = 250;

/** An account is a Posthaste application with one endpoint. */
export function createAccounts(posthaste: Posthaste): Accounts {
  const turns = new Map<string, Promise<unknown>>();

  function inTurn<T>(name: string, task: () => Promise<T>): Promise<T> {
    const result = (turns.get(name) ?? Promise.resolve()).then(task);
    const settled = result
      .catch(() => undefined)
      .then(() => {
        if (turns.get(name) === settled) turns.delete(name);
      });
    turns.set(name, settled);
    return result;
  }

  async function register({ name, callbackURL, secret }: Registration) {
    const account = accountUid(name);
    // A crash may have left an application without its endpoint: then this is still the first time.
    await posthaste.application.getOrCreate({ uid: account, name });
    const disabled = await isDisabled(account);
    if (disabled === false) return 'already-registered';
    if (disabled === null) {
      await posthaste.endpoint.create(account, { uid: ENDPOINT, url: callbackURL, secret });
      return 'registered';
    }
    if (secret !== null) {
      const rotation = { key: secret, gracePeriodSeconds: 0 };
      await posthaste.endpoint.rotateSecret(account, ENDPOINT, rotation);
    }
    await posthaste.endpoint.patch(account, ENDPOINT, { url: callbackURL, disabled: false });
    return 'registered';
  }

  /** Null when there is no endpoint. */
  async function isDisabled(account: string): Promise<boolean | null> {
    try {
      return (await posthaste.endpoint.get(account, ENDPOINT)).disabled;
    } catch (error) {
      if (error instanceof PosthasteError && error.code === 'not_found') return null;
      throw error;
    }
  }

  return {
    register: (registration) => inTurn(registration.name, () => register(registration)),

    async *enabled() {
      let iterator: string | null = null;
      for (;;) {
        const page: Awaited<ReturnType<Posthaste['application']['list']>> =
          await posthaste.application.list({ limit: PAGE, iterator });
        const states = await Promise.all(page.data.map(({ id }) => isDisabled(id)));
        yield page.data.filter((_, i) => states[i] === false).map(({ name }) => name);
        if (page.done) return;
        iterator = page.iterator;
      }
    },
  };
}

/** A name holds any characters, a uid only a few. */
export function accountUid(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
