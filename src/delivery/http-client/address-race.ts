import type { LookupAddress } from 'node:dns';
import type { Socket } from 'node:net';
import type { Clock } from '../../domain/clock.ts';
import type { DialEvents, DialPhase, DialTarget, Dialling, Opening } from './dial.ts';
import { mostTelling } from './failure.ts';
import type { OpenEvents, OpenSocket } from './open-socket.ts';

/**
 * Connects to the first address that answers (RFC 8305, "Happy Eyeballs"): the next address is tried
 * when one fails, or has not answered for a while, but no attempt is given up before another has
 * succeeded. The exchange's deadline is the only limit, so a slow address has its time.
 */
export class AddressRace implements Dialling {
  readonly #clock: Clock;
  readonly #open: (address: LookupAddress, events: OpenEvents) => Opening;
  readonly #addresses: readonly LookupAddress[];
  readonly #events: DialEvents;
  readonly #opening = new Set<Opening>();
  #next = 0;
  readonly #errors: Error[] = [];
  #winner: Opening | null = null;
  #cancelTimer: (() => void) | null = null;
  #ended = false;

  constructor(
    clock: Clock,
    openSocket: OpenSocket,
    target: DialTarget,
    addresses: readonly LookupAddress[],
    events: DialEvents,
  ) {
    this.#clock = clock;
    this.#open = (address, opening) => openSocket(address, target, opening);
    this.#addresses = addresses.slice(0, MAX_ADDRESSES);
    this.#events = events;
    this.#tryNext();
  }

  /** The phase of the connection that has come furthest. */
  get phase(): DialPhase {
    const phases = [...this.#opening].map(({ phase }) => phase);
    return this.#winner?.phase ?? phases.find((phase) => phase === 'proxy') ?? 'connection';
  }

  get failure(): Error | null {
    return this.#winner === null ? (mostTelling(this.#errors) ?? null) : null;
  }

  abandon(): void {
    this.#ended = true;
    this.#cancelTimer?.();
    for (const one of this.#opening) one.abandon();
  }

  #tryNext(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const address = this.#addresses[this.#next++];
    if (address === undefined) return;
    const opening: Opening = this.#open(address, {
      onReached: () => this.#won(opening),
      onReady: (socket) => this.#ready(socket),
      onFailed: (error) => this.#lost(opening, error),
    });
    this.#opening.add(opening);
    if (this.#next < this.#addresses.length) {
      this.#cancelTimer = this.#clock.after(NEXT_ADDRESS_MS, () => this.#tryNext());
    }
  }

  #won(winner: Opening): void {
    this.#winner = winner;
    this.#events.onReached(this.#clock.monotonicMs());
    this.#cancelTimer?.();
    this.#next = this.#addresses.length;
    for (const one of this.#opening) if (one !== winner) one.abandon();
    this.#opening.clear();
    this.#opening.add(winner);
  }

  #ready(socket: Socket): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.onConnected(socket, this.#clock.monotonicMs());
  }

  #lost(loser: Opening, error: Error): void {
    if (this.#ended) return;
    this.#errors.push(error);
    this.#opening.delete(loser);
    if (this.#next < this.#addresses.length) return this.#tryNext();
    if (this.#opening.size > 0) return;
    this.#ended = true;
    // After an address was reached, its failure counts more than those of the others.
    this.#events.onFailed(this.#winner === loser ? error : (mostTelling(this.#errors) ?? error));
  }
}

/** RFC 8305, section 5: the recommended delay. */
const NEXT_ADDRESS_MS = 250;
/** An answer with a hundred addresses must not cause a hundred connections. */
const MAX_ADDRESSES = 6;
