import { setTimeout as pause } from 'node:timers/promises';
import { createOutage } from '@posthaste/app-kit/outage';
import { postJson } from './post-json.ts';

export interface RegistrationContext {
  readonly url: string;
  readonly name: string;
  /** Asked for with each registration: the port may not be known before. */
  readonly callbackURL: () => string;
  /**
   * Offered in a header, so that the provider signs with it. The documented body has two members,
   * and a provider may refuse any other.
   */
  readonly secret: string;
  readonly log: { info(message: string): void; warn(message: string): void };
  readonly firstBackoffMs?: number;
  readonly renewMs?: number;
}

const SECRET_HEADER = 'webhook-secret';
const ATTEMPT_MS = 10_000;
const LONGEST_BACKOFF_MS = 60_000;
const RENEW_MS = 60_000;

/**
 * Registers the call center at the provider, in the background. Retries until the provider answers 200 or
 * that the name is registered already, and registers again every minute, because a provider disables an
 * account whose events failed, for example during a network outage, without telling its customer.
 *
 * An account that is registered already keeps the secret it has. When that isn't ours (our database
 * was lost), its events fail their signature checks here, the provider disables the account for
 * that, and the next registration enables it with our secret. So each failed check brings a
 * registration soon after; without such a mismatch it changes nothing.
 */
export function createRegistration(context: RegistrationContext) {
  const {
    url,
    name,
    callbackURL,
    secret,
    log,
    firstBackoffMs = 1_000,
    renewMs = RENEW_MS,
  } = context;
  const stop = new AbortController();
  const outage = createOutage(log, `not registered at ${url}`, `${url} answers again`);
  let running: Promise<void> | null = null;
  let again = false;
  let isKnown = false;
  let isFailing = false;
  let renewal: NodeJS.Timeout | undefined;

  async function registerUntilDone(): Promise<void> {
    let backoffMs = firstBackoffMs;
    while (!stop.signal.aborted) {
      const refusal = await register();
      isFailing = refusal !== null && !stop.signal.aborted;
      if (refusal === null) return outage.back();
      outage.away(refusal);
      await wait(backoffMs * (0.8 + 0.4 * Math.random()));
      backoffMs = Math.min(backoffMs * 2, LONGEST_BACKOFF_MS);
    }
  }

  /** Null when it is registered, else why not: a text or an error. */
  async function register(): Promise<unknown> {
    try {
      const body = { name, callbackURL: callbackURL() };
      const headers = { [SECRET_HEADER]: secret };
      const { status, text } = await postJson(url, body, ATTEMPT_MS, stop.signal, headers);
      if (status === 200) {
        log.info(`registered at ${url} as ${name}`);
        isKnown = true;
        return null;
      }
      if (status === 400 && text.includes('ALREADY_REGISTERED')) {
        if (!isKnown) log.info(`${name} is registered at ${url} already`);
        isKnown = true;
        return null;
      }
      return `it answered ${status} ${text.slice(0, 500)}`.trimEnd();
    } catch (error) {
      return error;
    }
  }

  async function wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: stop.signal }).catch(() => {});
  }

  return {
    start(): void {
      renewal ??= setInterval(() => this.start(), renewMs);
      running ??= registerUntilDone().finally(() => {
        running = null;
      });
    },
    /** The last try was refused, or heard nothing: from this provider no calls come. */
    isFailing: () => isFailing,
    /** An event came whose signature doesn't match our secret. */
    signatureFailed(): void {
      if (again || stop.signal.aborted) return;
      again = true;
      // Late enough for the provider to have counted our refusal; seldom enough that forged events cost little.
      void wait(5 * firstBackoffMs).then(() => {
        again = false;
        return this.start();
      });
    },
    async stop(): Promise<void> {
      stop.abort();
      clearInterval(renewal);
      await running;
    },
  };
}
