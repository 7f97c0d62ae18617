import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program of this folder that runs in another process and answers questions over IPC. */
export interface Program<Handlers extends ProgramHandlers> {
  readonly pid: number;
  ask<Name extends keyof Handlers & string>(
    name: Name,
    params?: Parameters<Handlers[Name]>[0],
    deadlineMs?: number,
  ): Promise<Awaited<ReturnType<Handlers[Name]>>>;
  /** Sends a message that needs no answer. */
  tell(notice: number): void;
  onNotice(listener: (notice: number) => void): void;
  end(): Promise<void>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- each handler has another parameter
export type ProgramHandlers = Record<string, (params: any) => any>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly params: unknown;
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

const running = new Set<ChildProcess>();

export function startProgram<Handlers extends ProgramHandlers>(file: string): Program<Handlers> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [], {
    serialization: 'advanced',
  });
  endWithUs(child);
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  let notify: (notice: number) => void = () => {};
  child.on('message', (message: Answer | number) => {
    if (typeof message === 'number') return notify(message);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  child.once('exit', (code, signal) => {
    for (const [id, settle] of waiting) settle({ id, error: `ended (${signal ?? code})` });
    waiting.clear();
  });

  return {
    pid: child.pid ?? 0,
    async ask<Name extends keyof Handlers & string>(
      name: Name,
      params?: Parameters<Handlers[Name]>[0],
      deadlineMs = 30_000,
    ): Promise<Awaited<ReturnType<Handlers[Name]>>> {
      const id = ++lastId;
      const answer = await new Promise<Answer>((resolve) => {
        const timer = setTimeout(
          () => resolve({ id, error: `no answer within ${deadlineMs} ms` }),
          deadlineMs,
        );
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        child.send({ id, name, params } satisfies Question);
      });
      if (answer.error !== undefined) throw new Error(`${file}, ${name}: ${answer.error}`);
      // The handler with this name in the other process made the result.
      return answer.result as Awaited<ReturnType<Handlers[Name]>>;
    },
    tell: (notice) => void child.send(notice),
    onNotice: (listener) => void (notify = listener),
    end: () => endChild(child, 'SIGKILL'),
  };
}

/** The side of the program: answers the coordinator's questions, and ends with the coordinator. */
export function answerQuestions(
  handlers: ProgramHandlers,
  onNotice: (notice: number) => void = () => {},
): void {
  const answer = (message: Answer) => void process.send?.(message);
  process.on('message', (message: Question | number) => {
    if (typeof message === 'number') return onNotice(message);
    const { id, name, params } = message;
    Promise.resolve()
      .then(() => handlers[name]?.(params))
      .then(
        (result) => answer({ id, result }),
        (error: unknown) => answer({ id, error: String(error) }),
      );
  });
  process.on('disconnect', () => process.exit());
}

/** Makes a child process end with this one, however this one ends. */
export function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once('exit', () => running.delete(child));
}

export function killChildren(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Sends the signal and waits for the end; after `deadlineMs` kills the process and returns false. */
export async function endChild(
  child: ChildProcess,
  signal: NodeJS.Signals,
  deadlineMs = 5_000,
): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  await ended;
  clearTimeout(timer);
}
