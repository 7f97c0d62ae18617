import { DueHeap } from '../due-heap.ts';
import type { DueEntry } from '../due-heap.ts';

interface HintedEntry extends DueEntry {
  /** The number of the last hint about the endpoint. */
  hint: number;
}

/**
 * Which endpoints may have unclaimed work, and when the earliest of it is due. A claim reads only endpoints
 * in this index, so that no statement has to search for work. Unlike SQLite's index it is not exact, because
 * other processes change deliveries, too: each entry is a hint that may be early, never late, and each claim
 * corrects it (`learned`).
 *
 * Hints come from the process's own writes, from scans of the table at the start and regularly, and
 * from notices of other processes (`hint`).
 *
 * Endpoints that are due stand in `#ready`, in the order of their turns; the others wait in a heap.
 */
export class DueIndex {
  readonly #entries = new Map<string, HintedEntry>();
  readonly #ready = new Set<HintedEntry>();
  readonly #waiting = new DueHeap();
  #hints = 0;

  /**
   * The endpoint may have work that is due at `dueAt`, in the time of the process. -Infinity: the entry may be
   * wrong, so the next claim reads the endpoint.
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

  /** The endpoints that are due, in the order of their turns. The index may change during the iteration. */
  *due(now: number): Generator<string> {
    for (let first = this.#waiting.first(); first; first = this.#waiting.first()) {
      if (first.dueAt > now) break;
      this.#waiting.remove(first);
      // The heap holds only entries of this index.
      this.#ready.add(first as HintedEntry);
    }
    // A copy: endpoints that are served during the iteration go to the end and must not come up again.
    const ready = [...this.#ready];
    for (const entry of ready) {
      if (!this.#ready.has(entry)) continue;
      if (entry.dueAt <= now) yield entry.endpointId;
      else this.#wait(entry);
    }
  }

  /** When the next endpoint that was not due at the last call of `due` falls due; null without any. */
  nextDueAt(): number | null {
    return this.#waiting.first()?.dueAt ?? null;
  }

  /** The number of hints so far, for `learned`. */
  get hints(): number {
    return this.#hints;
  }

  /**
   * The finding of a claim that began after `hints` hints: the endpoint's next work is due at `dueAt`;
   * null: it has no work that may be attempted. If a hint came since then, the claim may not have seen its
   * work, so the endpoint stays due.
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

  /** All endpoints that may have work. */
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
