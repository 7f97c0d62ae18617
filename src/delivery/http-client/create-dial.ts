import { type OnReadOpts, isIP } from 'node:net';
import type { LookupAddress } from 'node:dns';
import type { Clock } from '../../domain/clock.ts';
import type { AddressGuard } from '../address-guard.ts';
import { AddressRace } from './address-race.ts';
import type { Dial, DialEvents, DialPhase, DialTarget, Dialling } from './dial.ts';
import type { NameResolver } from './names/name-resolver.ts';
import type { OpenSocket } from './open-socket.ts';

export interface DialOptions {
  readonly clock: Clock;
  readonly guard: AddressGuard;
  readonly resolver: NameResolver;
  readonly openSocket: OpenSocket;
  /** Whether `openSocket` resolves this name itself (a proxy). Undefined: it resolves none. */
  readonly leavesName?: (host: string) => boolean;
}

/**
 * Dials exactly the addresses that the guard has allowed. The name is not resolved a second time, so
 * a name that changes its address after the check gains nothing. A name that `openSocket` resolves is
 * neither resolved nor vetted here.
 */
export function createDial(options: DialOptions): Dial {
  return (origin, onread, events) => new GuardedDialling(options, targetOf(origin, onread), events);
}

function targetOf(origin: string, onread: OnReadOpts): DialTarget {
  const { protocol, hostname, port } = new URL(origin);
  const secure = protocol === 'https:';
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return { origin, host, port: port === '' ? (secure ? 443 : 80) : Number(port), secure, onread };
}

class GuardedDialling implements Dialling {
  readonly #options: DialOptions;
  readonly #target: DialTarget;
  readonly #events: DialEvents;
  #race: AddressRace | null = null;
  #giveUpName: (() => void) | null = null;
  #abandoned = false;

  constructor(options: DialOptions, target: DialTarget, events: DialEvents) {
    this.#options = options;
    this.#target = target;
    this.#events = events;
    const family = isIP(target.host);
    if (family > 0) this.#vet([{ address: target.host, family }]);
    else if (options.leavesName?.(target.host)) this.#begin([{ address: target.host, family }]);
    else this.#giveUpName = options.resolver.resolve(target.host, (answer) => this.#named(answer));
  }

  get phase(): DialPhase {
    return this.#race?.phase ?? 'name';
  }

  get failure(): Error | null {
    return this.#race?.failure ?? null;
  }

  abandon(): void {
    this.#abandoned = true;
    this.#giveUpName?.();
    this.#race?.abandon();
  }

  #named(answer: readonly LookupAddress[] | Error): void {
    if (answer instanceof Error) this.#fail(answer);
    else this.#vet(answer);
  }

  #vet(addresses: readonly LookupAddress[]): void {
    const vetted = this.#options.guard.vet(this.#target.host, addresses);
    if (vetted instanceof Error) this.#fail(vetted);
    else this.#begin(vetted);
  }

  #begin(addresses: readonly LookupAddress[]): void {
    const { clock, openSocket } = this.#options;
    this.#events.onNamed(clock.monotonicMs());
    this.#race = new AddressRace(clock, openSocket, this.#target, addresses, this.#events);
  }

  /** Calls `onFailed` on the next tick, because a cached name can be refused before `dial` has returned. */
  #fail(error: Error): void {
    process.nextTick(() => {
      if (!this.#abandoned) this.#events.onFailed(error);
    });
  }
}
