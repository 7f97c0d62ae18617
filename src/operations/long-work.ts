import type { Clock } from '../domain/clock.ts';

/** For whom work is done: an application, by id or uid, or with an empty id its organization. */
export interface WorkOwner {
  readonly id: string;
  readonly organizationId: string;
}

/**
 * Work that blocks the event loop, such as reading a large document. After work of 10 ms or more, an organization
 * rests three times as long as the work took, and longer while other organizations rest, too: together they take
 * a quarter of the time. Shorter work of an organization is limited to 10 ms in a turn of the event loop; the
 * rest follows in the next turn, after the requests of others.
 *
 * The applications of an organization take turns, so that one with much work does not delay the others by more
 * than a rest. Work on short texts does not wait for a rest that another application caused.
 */
export interface LongWork {
  /** Does the work in its turn. `chars`: the length of the text that it reads; Infinity: the work may take long with any text. */
  run<Result>(owner: WorkOwner, chars: number, work: () => Result): Promise<Awaited<Result>>;
  /** Whether `run` would do the work at once. */
  mayBegin(owner: WorkOwner, chars: number): boolean;
  /** Must be called after work that may be long and was not done by `run`; the work began at `startedMs`. */
  ended(owner: WorkOwner, startedMs: number): void;
}

interface Waiting {
  readonly chars: number;
  readonly begin: () => void;
}

interface OrganizationWork {
  /** What shorter work took in this turn of the event loop. */
  spentMs: number;
  /** While the organization rests: its applications whose work was long. */
  resting: Set<string> | null;
  /** What waits, by application; the applications are in the order of their turns. */
  readonly lines: Map<string, Waiting[]>;
}

export function createLongWork(clock: Pick<Clock, 'monotonicMs' | 'after'>): LongWork {
  /** Those that rest, have work that waits, or did work in this turn of the event loop. */
  const organizations = new Map<string, OrganizationWork>();
  let restingCount = 0;
  let goesOn = false;

  function run<Result>(
    owner: WorkOwner,
    chars: number,
    work: () => Result,
  ): Promise<Awaited<Result>> {
    if (mayBegin(owner, chars)) return begin(owner, work);
    const { lines } = workOf(owner);
    return new Promise((resolve) => {
      const waiting = { chars, begin: () => resolve(begin(owner, work)) };
      const line = lines.get(owner.id);
      if (line === undefined) lines.set(owner.id, [waiting]);
      else line.push(waiting);
    });
  }

  async function begin<Result>(owner: WorkOwner, work: () => Result): Promise<Awaited<Result>> {
    const startedMs = clock.monotonicMs();
    let result: Result;
    try {
      result = work();
    } finally {
      ended(owner, startedMs);
    }
    return await result;
  }

  function mayBegin({ id, organizationId }: WorkOwner, chars: number): boolean {
    const work = organizations.get(organizationId);
    return work === undefined || (!work.lines.has(id) && isFree(work, id, chars));
  }

  function ended(owner: WorkOwner, startedMs: number): void {
    const work = workOf(owner);
    const tookMs = clock.monotonicMs() - startedMs;
    if (tookMs >= LONG_MS && work.resting === null) return rest(owner, work, tookMs);
    if (tookMs >= LONG_MS) work.resting?.add(owner.id);
    work.spentMs += tookMs;
    goOnSoon();
  }

  function rest({ id }: WorkOwner, work: OrganizationWork, tookMs: number): void {
    work.resting = new Set([id]);
    restingCount++;
    clock.after(tookMs * RESTS * restingCount, () => {
      restingCount--;
      work.resting = null;
      goOnSoon();
    });
  }

  /** Does what waits once the event loop has done what else is waiting. */
  function goOnSoon(): void {
    if (goesOn) return;
    goesOn = true;
    setImmediate(() => {
      goesOn = false;
      for (const [organizationId, work] of organizations) goOn(organizationId, work);
    });
  }

  function goOn(organizationId: string, work: OrganizationWork): void {
    work.spentMs = 0;
    for (let next; (next = takeNext(work)) !== null;) next.begin();
    const isIdle = work.resting === null && work.spentMs === 0 && work.lines.size === 0;
    if (isIdle) organizations.delete(organizationId);
  }

  function workOf({ organizationId }: WorkOwner): OrganizationWork {
    let work = organizations.get(organizationId);
    if (work === undefined) {
      work = { spentMs: 0, resting: null, lines: new Map() };
      organizations.set(organizationId, work);
    }
    return work;
  }

  return { run, mayBegin, ended };
}

function isFree({ spentMs, resting }: OrganizationWork, id: string, chars: number): boolean {
  if (spentMs >= LONG_MS) return false;
  return resting === null || (chars <= LITTLE_CHARS && !resting.has(id));
}

/** Takes out the work whose turn it is; the application's next turn comes after those of the others. */
function takeNext(work: OrganizationWork): Waiting | null {
  const { lines } = work;
  for (const [id, line] of lines) {
    const [first] = line;
    if (first === undefined || !isFree(work, id, first.chars)) continue;
    line.shift();
    lines.delete(id);
    if (line.length > 0) lines.set(id, line);
    return first;
  }
  return null;
}

const LONG_MS = 10;
const RESTS = 3;
/** Reading so much JSON takes at most 3 ms, whatever it says. */
const LITTLE_CHARS = 64 * 1024;
