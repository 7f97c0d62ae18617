/**
 * How many publishes of one application may be on their way to the storage. A commit of so many
 * costs each of them little, so a single publisher gains nothing from more.
 */
const AT_ONCE = 128;

/**
 * Lets each application have a bounded number of publishes on their way to the storage; its others
 * wait here, first come, first served. A commit takes as long as what it carries: without the bound,
 * whoever publishes most decides how long the commits of all others take.
 */
export class PublishTurns {
  readonly #lines = new Map<string, Line>();

  /** Resolves when it is the publish's turn; undefined when that is now. Each turn is ended by `end`. */
  begin(applicationId: string): Promise<void> | undefined {
    const line = this.#lines.get(applicationId);
    if (line === undefined) {
      this.#lines.set(applicationId, { running: 1, first: null, last: null });
      return undefined;
    }
    if (line.running < AT_ONCE) {
      line.running++;
      return undefined;
    }
    return new Promise<void>((begin) => {
      const waiter: Waiter = { begin, next: null };
      if (line.last === null) line.first = waiter;
      else line.last.next = waiter;
      line.last = waiter;
    });
  }

  /** Gives the turn to the next publish of the application. */
  end(applicationId: string): void {
    const line = this.#lines.get(applicationId);
    if (line === undefined) throw new Error(`No publish of ${applicationId} has a turn`);
    const { first } = line;
    if (first !== null) {
      line.first = first.next;
      if (first.next === null) line.last = null;
      first.begin();
    } else if (--line.running === 0) {
      this.#lines.delete(applicationId);
    }
  }
}

interface Line {
  running: number;
  /** Those that wait, in order. */
  first: Waiter | null;
  last: Waiter | null;
}

interface Waiter {
  readonly begin: () => void;
  next: Waiter | null;
}
