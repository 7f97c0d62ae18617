import { AttemptTally, type CountedAttempt } from '../domain/attempt-counts.ts';
import { type Rollup, type RollupSpan, organizationSubject } from './rollup.ts';

export interface RollupCounterOptions {
  readonly span: RollupSpan;
  /** False: endpoints have no rollups of their own, only applications and organizations. */
  readonly ofEndpoints: boolean;
  /** Gives whole numbers at random, so that no two counters have the same. */
  readonly newWriter: () => number;
}

/**
 * Adds up by the span, for each endpoint, application and organization, until it is written.
 *
 * A rollup belongs to one counter, and holds all that it has counted for the subject in the span. So
 * writing needs no reading, and what is written twice counts once. Another span, or more than
 * `MOST_SUBJECTS`, begins anew as another writer, whatever the wall clock does.
 */
export class RollupCounter {
  readonly #options: RollupCounterOptions;
  #writer = 0;
  #bucketAt = Number.NaN;
  #tallies = new Map<string, Tally>();
  /** Those that count something that is not written; some may be of spans before. */
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

  /** All that is not written. Each part of it is to be given to `write`, which then takes it as written. */
  unwritten(): readonly Tally[] {
    return [...this.#unwritten];
  }

  /** When `write` fails, the tallies are written again, with what came meanwhile. */
  async write(
    tallies: readonly Tally[],
    write: (rollups: readonly Rollup[]) => Promise<void>,
  ): Promise<void> {
    const rollups = tallies.map((tally) => this.#rollupOf(tally));
    for (const tally of tallies) tally.isWritten = true;
    await write(rollups);
    // Until now: whoever reads meanwhile must find the tally here or what was written.
    for (const tally of tallies) if (tally.isWritten) this.#unwritten.delete(tally);
  }

  /** What this counter knows of a subject, written or not. */
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
  /** What also counts what this one does: of an endpoint its application, of that its organization. */
  readonly parent: Tally | null;
  readonly countsEventTypes: boolean;
  readonly counts: AttemptTally;
  /** Nothing was added since it was given to be written, if it ever was. */
  isWritten: boolean;
}

/** Half a kilobyte each, or two where times vary much. */
const MOST_SUBJECTS = 20_000;
