import { DueHeap } from '../due-heap.ts';
import type { DueEntry } from '../due-heap.ts';

interface HintedEntry extends DueEntry {
  /** When it was last hinted at, in hints. */
  hint: number;
}

/**
 * Which endpoints may have unclaimed work, and when the earliest of it is due: what a claim looks at,
 * so that no statement looks for it. It is not exact, as SQLite's is: others change deliveries too. So
 * each entry is a hint that may be early, never late, and a claim tells what it found (`learned`).
 *
 * Hints come from the process's own writes, from a scan of the table at the start and regularly, and
 * from whoever else knows (`hint`).
 *
 * Endpoints that are due stand in `#ready`, in the order of their turns; the others wait in a heap.
 */
export class DueIndex {
  readonly #entries = new Map<string, HintedEntry>();
  readonly #ready = new Set<HintedEntry>();
  readonly #waiting = new DueHeap();
  #hints = 0;

  /**
   * The endpoint may have work that is due at `dueAt`, in the time of the process; -Infinity: what was
   * known of it may be wrong, and the next claim looks.
   */
  hint(endpointId: string, dueAt: number): void {
    const hint = ++this.#hints;
    const entry = this.#entries.get(endpointId);
    if (entry === undefined) {
      const added: HintedEntry = { endpointId, dueAt, heapIndex: -1, hint };
      this.#entries.set(endpointId, added);
      this.#waiting.add(added);
      return;
    }
    entry.hint = hint;
    if (dueAt < entry.dueAt) this.#set(entry, dueAt);
  }

  /** The endpoints that are due, in the order of their turns. They may be changed meanwhile. */
  *due(now: number): Generator<string> {
    for (let first = this.#waiting.first(); first; first = this.#waiting.first()) {
      if (first.dueAt > now) break;
      this.#waiting.remove(first);
      // Whatever is in the heap is an entry of this index.
      this.#ready.add(first as HintedEntry);
    }
    // Those that are served meanwhile go to the end: they have had their turn.
    const ready = [...this.#ready];
    for (const entry of ready) {
      if (!this.#ready.has(entry)) continue;
      if (entry.dueAt <= now) yield entry.endpointId;
      else this.#wait(entry);
    }
  }

  /** When the first endpoint falls due that was not due at the last look; null when there is none. */
  nextDueAt(): number | null {
    return this.#waiting.first()?.dueAt ?? null;
  }

  /** The hints given so far, for `learned`. */
  get hints(): number {
    return this.#hints;
  }

  /**
   * What a claim found that began after `hints` hints: the endpoint's next work is due at `dueAt`;
   * null: it has none, or none that may be attempted. A hint since then may be of work that the claim
   * did not see, so that the endpoint is looked at again.
   */
  learned(endpointId: string, dueAt: number | null, hints: number): void {
    const entry = this.#entries.get(endpointId);
    if (entry === undefined || entry.hint > hints) return;
    if (dueAt !== null) return this.#set(entry, dueAt);
    this.#entries.delete(endpointId);
    this.#ready.delete(entry);
    if (entry.heapIndex >= 0) this.#waiting.remove(entry);
  }

  /** The endpoint had its turn: it goes to the end of those that are due. */
  served(endpointId: string): void {
    const entry = this.#entries.get(endpointId);
    if (entry !== undefined && this.#ready.delete(entry)) this.#ready.add(entry);
  }

  /** All that may have work. */
  endpointIds(): string[] {
    return [...this.#entries.keys()];
  }

  #set(entry: HintedEntry, dueAt: number): void {
    entry.dueAt = dueAt;
    if (entry.heapIndex >= 0) this.#waiting.moved(entry);
  }

  #wait(entry: HintedEntry): void {
    this.#ready.delete(entry);
    this.#waiting.add(entry);
  }
}
