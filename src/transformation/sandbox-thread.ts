/* oxlint-disable unicorn/require-post-message-target-origin -- threads have no origin */
import { Worker } from 'node:worker_threads';
import type { Clock } from '../domain/clock.ts';
import type { SandboxJob, SandboxLimits, SandboxResult } from './sandbox.ts';

export interface Waiting {
  readonly job: SandboxJob;
  readonly onResult: (result: SandboxResult, cpuMs: number) => void;
}

/** One thread that runs one job at a time; jobs of different keys take turns. */
export class SandboxThread {
  readonly #name: string;
  readonly #clock: Clock;
  readonly #limits: SandboxLimits;
  /** Waiting runs by key; the keys are in the order of their turns. */
  readonly #waiting = new Map<string, Waiting[]>();
  #waitingCount = 0;
  #worker: Worker | null = null;
  #running: (Waiting & { readonly cancel: () => void }) | null = null;
  /** Whether the thread has loaded its program; the time limit of a run begins afterwards. */
  #ready = false;
  #stopped = false;

  constructor(name: string, clock: Clock, limits: SandboxLimits) {
    this.#name = name;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Adds a run. False: too many runs wait, or the thread is stopped. */
  add(waiting: Waiting): boolean {
    const { key } = waiting.job;
    const ofKey = this.#waiting.get(key) ?? [];
    const { waitingPerKey, waiting: limit } = this.#limits;
    if (this.#stopped || ofKey.length >= waitingPerKey || this.#waitingCount >= limit) return false;
    ofKey.push(waiting);
    this.#waiting.set(key, ofKey);
    this.#waitingCount++;
    this.#next();
    return true;
  }

  stop(): void {
    this.#stopped = true;
    this.#end({ kind: 'busy' });
    for (const { onResult } of [...this.#waiting.values()].flat()) onResult({ kind: 'busy' }, 0);
    this.#waiting.clear();
    this.#waitingCount = 0;
  }

  #next(): void {
    if (this.#running !== null || this.#waitingCount === 0) return;
    const worker = (this.#worker ??= this.#start());
    if (!this.#ready) return;
    const waiting = this.#take();
    if (waiting === null) return;
    const { wallMs } = this.#limits;
    const detail = `the transformation did not end within ${wallMs} ms`;
    const cancel = this.#clock.after(wallMs, () => this.#end({ kind: 'failed', detail }));
    this.#running = { ...waiting, cancel };
    worker.ref();
    worker.postMessage(waiting.job);
  }

  /** Takes the next run of the key whose turn it is; that key's next turn comes after all others. */
  #take(): Waiting | null {
    const [first] = this.#waiting;
    if (first === undefined) return null;
    const [key, ofKey] = first;
    const waiting = ofKey.shift();
    this.#waiting.delete(key);
    if (ofKey.length > 0) this.#waiting.set(key, ofKey);
    if (waiting !== undefined) this.#waitingCount--;
    return waiting ?? null;
  }

  #start(): Worker {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker/transform.${extension}`, import.meta.url), {
      workerData: this.#limits,
      // Don't inherit the process's arguments: `node -e` or a loader must not run in this thread.
      execArgv: [],
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 },
      name: `posthaste-transform-${this.#name}`,
    });
    worker.on('message', (message: 'ready' | { result: SandboxResult; cpuMs: number }) => {
      if (worker !== this.#worker) return;
      if (message !== 'ready') return this.#finish(message.result, message.cpuMs);
      this.#ready = true;
      this.#next();
      if (this.#running === null) worker.unref();
    });
    worker.on('error', (error) => {
      if (worker === this.#worker) this.#lost(error instanceof Error ? error.message : 'it ended');
    });
    worker.on('exit', () => {
      if (worker === this.#worker) this.#lost('it ended');
    });
    return worker;
  }

  #lost(reason: string): void {
    const wasReady = this.#ready;
    this.#end({
      kind: 'failed',
      detail: `the thread of the transformation ended unexpectedly: ${reason}`,
    });
    // Don't restart a thread that could not even start: it would be restarted for ever.
    if (wasReady) return;
    for (let next = this.#take(); next !== null; next = this.#take()) {
      next.onResult({ kind: 'busy' }, 0);
    }
  }

  /** Ends the thread, and the run in it with `result`. */
  #end(result: SandboxResult): void {
    void this.#worker?.terminate();
    this.#worker = null;
    this.#ready = false;
    this.#finish(result);
  }

  #finish(result: SandboxResult, cpuMs = Infinity): void {
    const running = this.#running;
    this.#running = null;
    running?.cancel();
    running?.onResult(result, cpuMs);
    if (!this.#stopped) this.#next();
    if (this.#running === null) this.#worker?.unref();
  }
}
