/**
 * How much of one application, and of all applications of one organization, may be on its way to the
 * storage. A commit of so much costs each message little, so a single publisher gains nothing from more.
 */
const OF_APPLICATION = 128;
const OF_ORGANIZATION = 256;
/** A message weighs one for each of so many characters, at least one. */
const CHARS_OF_ONE = 16 * 1024;

/** The application that publishes. */
export interface Publisher {
  readonly id: string;
  readonly organizationId: string;
}

/**
 * Lets each application, and each organization, have a bounded part of what is on its way to the storage;
 * the other publishes wait here, first come, first served. A commit takes as long as what it carries:
 * without the bound, whoever publishes most decides how long the commits of all others take.
 */
export class PublishTurns {
  readonly #applications = new Lines(OF_APPLICATION);
  readonly #organizations = new Lines(OF_ORGANIZATION);

  /**
   * Resolves when it is the publish's turn; undefined when that is now. Each turn is ended by `end` with
   * the same weight.
   */
  begin({ id, organizationId }: Publisher, weight: number): Promise<void> | undefined {
    const turn = this.#applications.begin(id, weight);
    if (turn === undefined) return this.#organizations.begin(organizationId, weight);
    return turn.then(() => this.#organizations.begin(organizationId, weight));
  }

  /** Gives the turn to the next publishes. */
  end({ id, organizationId }: Publisher, weight: number): void {
    this.#applications.end(id, weight);
    this.#organizations.end(organizationId, weight);
  }
}

/** The weight of a message with so many characters. */
export function turnWeight(chars: number): number {
  return chars <= CHARS_OF_ONE ? 1 : chars / CHARS_OF_ONE;
}

/** A line for each key. A publish that weighs more than `most` has its turn alone. */
class Lines {
  readonly #most: number;
  readonly #lines = new Map<string, Line>();

  constructor(most: number) {
    this.#most = most;
  }

  begin(key: string, weight: number): Promise<void> | undefined {
    const taken = Math.min(weight, this.#most);
    const line = this.#lines.get(key);
    if (line === undefined) {
      this.#lines.set(key, { running: taken, first: null, last: null });
      return undefined;
    }
    if (line.first === null && line.running + taken <= this.#most) {
      line.running += taken;
      return undefined;
    }
    return new Promise<void>((begin) => {
      const waiter: Waiter = { begin, taken, next: null };
      if (line.last === null) line.first = waiter;
      else line.last.next = waiter;
      line.last = waiter;
    });
  }

  end(key: string, weight: number): void {
    const line = this.#lines.get(key);
    if (line === undefined) throw new Error(`No publish of ${key} has a turn`);
    line.running -= Math.min(weight, this.#most);
    while (line.first !== null && line.running + line.first.taken <= this.#most) {
      const { first } = line;
      line.first = first.next;
      if (first.next === null) line.last = null;
      line.running += first.taken;
      first.begin();
    }
    if (line.running === 0) this.#lines.delete(key);
  }
}

interface Line {
  running: number;
  /** The publishes that wait, in order. */
  first: Waiter | null;
  last: Waiter | null;
}

interface Waiter {
  readonly begin: () => void;
  readonly taken: number;
  next: Waiter | null;
}
