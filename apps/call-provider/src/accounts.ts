import { createHash } from 'node:crypto';
import { type ApplicationOut, type Posthaste, PosthasteError } from 'posthaste';
import type { Registration } from './read-registration.ts';

export interface Accounts {
  /** Reads which accounts are enabled. Once, after Posthaste has started and before `register`. */
  load(): Promise<void>;
  /**
   * Creates the account, or enables it again with its failures forgotten and the callback URL (and
   * the secret, when one is given) replaced. `already-registered`: it is enabled, and nothing has
   * changed. Of two simultaneous registrations of one name, the second gets `already-registered`.
   */
  register(registration: Registration): Promise<'registered' | 'already-registered'>;
  /** The names of the enabled accounts, from memory: each round of calls reads all of them. */
  enabled(): Iterable<string>;
}

const ENDPOINT = 'callback';
const PAGE = 250;

/** An account is a Posthaste application with one endpoint. */
export function createAccounts(
  posthaste: Posthaste,
  onDisabled: (name: string) => void = () => {},
): Accounts {
  const turns = new Map<string, Promise<unknown>>();
  const enabled = new Set<string>();

  posthaste.on('disabled', async ({ applicationId }) => {
    // The last deliveries before a stop may find the database closed.
    const application = await posthaste.application.get(applicationId).catch(() => null);
    if (application === null) return;
    const name = nameOf(application);
    await inTurn(name, async () => {
      await read(name).catch(() => void enabled.delete(name));
      if (!enabled.has(name)) onDisabled(name);
    });
  });

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
    // A crash may have left an application without its endpoint: that is not registered yet.
    await posthaste.application.getOrCreate({ uid: account, ...stored(name) });
    const disabled = await isDisabled(account);
    if (disabled === false) {
      // Should this process have taken it for disabled, its calls would never go on.
      enabled.add(name);
      return 'already-registered';
    }
    if (disabled === null) {
      await posthaste.endpoint.create(account, { uid: ENDPOINT, url: callbackURL, secret });
      enabled.add(name);
      return 'registered';
    }
    if (secret !== null) {
      const rotation = { key: secret, gracePeriodSeconds: 0 };
      await posthaste.endpoint.rotateSecret(account, ENDPOINT, rotation);
    }
    await posthaste.endpoint.patch(account, ENDPOINT, { url: callbackURL, disabled: false });
    enabled.add(name);
    return 'registered';
  }

  /** Reads the stored state: the event that disabled the account may be older than its registration. */
  async function read(name: string): Promise<void> {
    const disabled = await isDisabled(accountUid(name));
    if (disabled === false) enabled.add(name);
    else enabled.delete(name);
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

    enabled: () => enabled,

    async load() {
      let iterator: string | null = null;
      for (;;) {
        const page: Awaited<ReturnType<Posthaste['application']['list']>> =
          await posthaste.application.list({ limit: PAGE, iterator });
        await Promise.all(page.data.map(nameOf).map((name) => inTurn(name, () => read(name))));
        if (page.done) return;
        iterator = page.iterator;
      }
    },
  };
}

/** PostgreSQL can't store a NUL: a name with one is kept as JSON, beside a readable form of it. */
function stored(name: string): { name: string; metadata?: Record<string, string> } {
  if (!name.includes('\0')) return { name };
  return {
    name: name.replaceAll('\0', '\uFFFD'),
    metadata: { [WHOLE_NAME]: JSON.stringify(name) },
  };
}

/** The name that was registered. */
function nameOf({ name, metadata }: ApplicationOut): string {
  const whole = metadata[WHOLE_NAME];
  return whole === undefined ? name : (JSON.parse(whole) as string);
}

const WHOLE_NAME = 'name';

/** A name holds any characters, a uid only a few. */
export function accountUid(name: string): string {
  return createHash('sha256').update(name).digest('base64url');
}
