/** What a receiver has seen: arrivals by number, and requests that overlap. The name of an endpoint is its path. */
export class ReceiverField {
  readonly #received: readonly { path: string; body: string; at: number }[];
  readonly #inFlight = new Map<string, number>();
  readonly #overlaps = new Map<string, number>();

  constructor(received: readonly { path: string; body: string; at: number }[]) {
    this.#received = received;
  }

  began(path: string): void {
    const inFlight = this.#inFlight.get(path) ?? 0;
    if (inFlight > 0) this.#overlaps.set(path, (this.#overlaps.get(path) ?? 0) + 1);
    this.#inFlight.set(path, inFlight + 1);
  }

  ended(path: string): void {
    this.#inFlight.set(path, (this.#inFlight.get(path) ?? 0) - 1);
  }

  overlaps(name: string): number {
    return this.#overlaps.get(`/${name}`) ?? 0;
  }

  arrivals(name: string): { number: number; at: number }[] {
    return this.#received
      .filter(({ path }) => path === `/${name}`)
      .map(({ body, at }) => ({ number: (JSON.parse(body) as { number: number }).number, at }));
  }

  /** The lowest number that has not arrived. */
  arrivedUpTo(name: string): number {
    const numbers = new Set(this.arrivals(name).map(({ number }) => number));
    let upTo = 0;
    while (numbers.has(upTo)) upTo++;
    return upTo;
  }

  missing(name: string, count: number): number[] {
    const numbers = new Set(this.arrivals(name).map(({ number }) => number));
    return Array.from({ length: count }, (_, number) => number).filter((n) => !numbers.has(n));
  }

  repeated(names: readonly string[]): number {
    return names.reduce((sum, name) => {
      const arrivals = this.arrivals(name);
      return sum + arrivals.length - new Set(arrivals.map(({ number }) => number)).size;
    }, 0);
  }

  /** Arrivals that are neither the next number nor a repetition of the last. */
  outOfOrder(name: string): number[] {
    let last = -1;
    return this.arrivals(name).flatMap(({ number }) => {
      if (number === last) return [];
      if (number !== last + 1) return [number];
      last = number;
      return [];
    });
  }

  mostWithin(name: string, ms: number): number {
    const times = this.arrivals(name).map(({ at }) => at);
    return Math.max(
      ...times.map((from) => times.filter((at) => at >= from && at < from + ms).length),
    );
  }
}
