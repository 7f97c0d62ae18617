import type { ReceiverField } from './receiver-field.ts';

/**
 * Publishes messages and records which were accepted: those of each name, numbered in the order of acceptance. The
 * record is kept outside the processes under test.
 */
export class PublishLedger {
  readonly #accepted = new Map<string, number[]>();
  readonly #post: (name: string, number: number) => Promise<unknown>;
  #stopped = false;
  /** While true, nothing is published. */
  paused = false;

  constructor(post: (name: string, number: number) => Promise<unknown>) {
    this.#post = post;
  }

  /** Publishes until `stop`. Each message waits for the acceptance of the one before, so numbers are in order. */
  async publish(name: string, pauseMs: number): Promise<void> {
    const accepted: number[] = [];
    this.#accepted.set(name, accepted);
    while (!this.#stopped) {
      if (!this.paused) {
        await this.#post(name, accepted.length);
        accepted.push(Date.now());
      }
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  count(name: string): number {
    return this.#accepted.get(name)?.length ?? 0;
  }

  /** The number of the last message accepted before the instant; NaN when the instant lies ahead. */
  acceptedBefore(name: string, at: number): number {
    if (at !== Infinity && Date.now() < at) return NaN;
    return (this.#accepted.get(name) ?? []).filter((acceptedAt) => acceptedAt < at).length - 1;
  }

  delays(field: ReceiverField, names: readonly string[], from: number, to: number): number[] {
    return names.flatMap((name) =>
      (this.#accepted.get(name) ?? []).flatMap((acceptedAt, number) => {
        if (acceptedAt < from || acceptedAt > to) return [];
        const arrival = field.arrivals(name).find((arrival) => arrival.number === number);
        return arrival === undefined ? [] : arrival.at - acceptedAt;
      }),
    );
  }
}
