import { AttemptTally, type CountedAttempt } from '../domain/attempt-counts.ts';
import { type Rollup, type RollupSpan, organizationSubject } from './rollup.ts';

export interface RollupCounterOptions {
  readonly span: RollupSpan;
  /** False: only applications and organizations have rollups, endpoints have none. */
  readonly ofEndpoints: boolean;
  /** Returns a random whole number, so that no two counters have the same. */
  readonly newWriter: () => number;
}

/**
 * Adds up attempts and messages by span, for each endpoint, application and organization, until they are written.
 *
 * A rollup belongs to one counter and holds the counter's total for the subject in the span. So writing needs
 * no reading, and a rollup that is written twice counts once. When a span ends, or there are more than
 * `MOST_SUBJECTS`, the counter starts again from zero as another writer, whatever the wall clock does.
 */
export class RollupCounter {
  readonly #options: RollupCounterOptions;
  #writer = 0;
  #bucketAt = Number.NaN;
  #tallies = new Map<string, Tally>();
  /** Tallies with counts that are not written; some may belong to earlier spans. */
  #unwritten = new Set<Tally>();

  constructor(options: RollupCounterOptions) {
    this.#options = options;
  }

  get span(): RollupSpan {
    return this.#options.span;
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  add(attempts: readonly CountedAttempt[], now: number): void {
    this.#beginIfNeeded(now);
    for (const counted of attempts) {
      let tally: Tally | null = this.#ofAttempt(counted);
      for (; tally !== null; tally = tally.parent) {
        tally.counts.add(counted);
        if (tally.countsEventTypes) tally.counts.addEventType(counted);
        if (tally.isWritten) this.#willBeWritten(tally);
      }
    }
  }

  /** A message was accepted. */
  accept(organizationId: string, applicationId: string, now: number): void {
    this.#beginIfNeeded(now);
    let tally: Tally | null = this.#ofApplication(applicationId, organizationId);
    for (; tally !== null; tally = tally.parent) {
      tally.counts.accept();
      if (tally.isWritten) this.#willBeWritten(tally);
    }
  }

  /** The tallies that are not written. Pass parts of them to `write`, which marks them as written. */
  unwritten(): readonly Tally[] {
    return [...this.#unwritten];
  }

  /** When `write` rejects, the tallies stay unwritten, and are written later with further counts. */
  async write(
    tallies: readonly Tally[],
    write: (rollups: readonly Rollup[]) => Promise<void>,
  ): Promise<void> {
    const rollups = tallies.map((tally) => this.#rollupOf(tally));
    for (const tally of tallies) tally.isWritten = true;
    await write(rollups);
    // Only now: a reader must find the tally either here or in the storage.
    for (const tally of tallies) if (tally.isWritten) this.#unwritten.delete(tally);
  }

  /** The rollups of a subject in this counter, written or not. */
  of(subjectId: string): readonly Rollup[] {
    const known = new Set([...this.#unwritten].filter((tally) => tally.subjectId === subjectId));
    const current = this.#tallies.get(subjectId);
    if (current !== undefined) known.add(current);
    return [...known].map((tally) => this.#rollupOf(tally));
  }

  #beginIfNeeded(now: number): void {
    const { span, newWriter } = this.#options;
    const bucketAt = now - (now % span);
    if (bucketAt === this.#bucketAt && this.#tallies.size <= MOST_SUBJECTS) return;
    this.#bucketAt = bucketAt;
    this.#writer = newWriter();
    this.#tallies = new Map();
  }

  #ofAttempt({ endpointId, applicationId, organizationId }: CountedAttempt): Tally {
    if (!this.#options.ofEndpoints) return this.#ofApplication(applicationId, organizationId);
    return (
      this.#tallies.get(endpointId) ??
      this.#create(endpointId, this.#ofApplication(applicationId, organizationId))
    );
  }

  #ofApplication(applicationId: string, organizationId: string | undefined): Tally {
    const known = this.#tallies.get(applicationId);
    if (known !== undefined) return known;
    return this.#create(
      applicationId,
      this.#ofOrganization(organizationId),
      this.#options.ofEndpoints,
    );
  }

  #ofOrganization(organizationId: string | undefined): Tally | null {
    if (organizationId === undefined) return null;
    const subjectId = organizationSubject(organizationId);
    return this.#tallies.get(subjectId) ?? this.#create(subjectId, null);
  }

  #create(subjectId: string, parent: Tally | null, countsEventTypes = false): Tally {
    const tally = {
      bucketAt: this.#bucketAt,
      subjectId,
      writer: this.#writer,
      parent,
      countsEventTypes,
      counts: new AttemptTally(),
      isWritten: true,
    };
    this.#tallies.set(subjectId, tally);
    return tally;
  }

  #willBeWritten(tally: Tally): void {
    tally.isWritten = false;
    this.#unwritten.add(tally);
  }

  #rollupOf({ bucketAt, subjectId, writer, counts }: Tally): Rollup {
    return { span: this.span, bucketAt, subjectId, writer, counts: counts.sums() };
  }
}

export interface Tally extends Pick<Rollup, 'bucketAt' | 'subjectId' | 'writer'> {
  /** The tally that counts the same things, too: the application's for an endpoint, the organization's for an application. */
  readonly parent: Tally | null;
  readonly countsEventTypes: boolean;
  readonly counts: AttemptTally;
  /** Whether nothing was added since the last write began. */
  isWritten: boolean;
}

/** A subject takes half a kilobyte, or two when its attempts' durations vary much. */
const MOST_SUBJECTS = 20_000;
