import type { QuickJSContext, QuickJSWASMModule } from 'quickjs-emscripten-core';
import type { SandboxJob, SandboxLimits, SandboxResult } from '../sandbox.ts';
import { cpuMs } from './cpu-ms.ts';
import { PRELUDE } from './prelude.ts';

/** Runs a job in a new JavaScript engine, which is thrown away afterwards. */
export function runHandler(
  quickJs: QuickJSWASMModule,
  job: SandboxJob,
  limits: SandboxLimits,
): SandboxResult {
  const runtime = quickJs.newRuntime();
  try {
    runtime.setMemoryLimit(limits.memoryBytes);
    runtime.setMaxStackSize(limits.stackBytes);
    const endsAt = cpuMs() + limits.cpuMs;
    let late = false;
    runtime.setInterruptHandler(() => (late = cpuMs() > endsAt));
    const context = runtime.newContext();
    try {
      const result = evaluate(context, job, limits);
      if (!late) return result;
      return failed(`the transformation took more than ${limits.cpuMs} ms of CPU`);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

function evaluate(
  context: QuickJSContext,
  { code, input, now, seed }: SandboxJob,
  { outputChars, memoryBytes }: SandboxLimits,
): SandboxResult {
  const call = `(${PRELUDE})(${JSON.stringify({ now, seed })}, ${JSON.stringify(input)})`;
  const prepared = context.evalCode(call, 'sandbox.js');
  if (prepared.error) return failed(errorText(dumped(context, prepared.error), memoryBytes));
  const invoke = prepared.value;
  try {
    // As a script of its own, so that errors have the line numbers of the program.
    const loaded = context.evalCode(code, 'transformation.js', { type: 'global' });
    if (loaded.error) {
      return { ...failed(errorText(dumped(context, loaded.error), memoryBytes)), always: true };
    }
    loaded.value.dispose();
    const called = context.callFunction(invoke, context.undefined);
    if (called.error) return failed(errorText(dumped(context, called.error), memoryBytes));
    try {
      if (context.typeof(called.value) !== 'string') return { kind: 'returned', output: null };
      const length = context.getProp(called.value, 'length').consume((n) => context.getNumber(n));
      if (length > outputChars) {
        return failed(`the transformation returned more than ${outputChars} characters`);
      }
      return { kind: 'returned', output: context.getString(called.value) };
    } finally {
      called.value.dispose();
    }
  } finally {
    invoke.dispose();
  }
}

type Handle = ReturnType<QuickJSContext['newString']>;

function dumped(context: QuickJSContext, error: Handle): unknown {
  return error.consume((handle) => context.dump(handle) as unknown);
}

function failed(detail: string) {
  return { kind: 'failed', detail } as const;
}

/** The error as a bounded text of printable characters, because it is stored and shown. */
function errorText(error: unknown, memoryBytes: number): string {
  const { name, message, stack } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly [part: string]: unknown;
  };
  if (message === 'out of memory') {
    return `the transformation needed more than ${memoryBytes / 1024 / 1024} MiB of memory`;
  }
  const line = typeof stack === 'string' ? /transformation\.js:(\d+)/.exec(stack)?.[1] : undefined;
  const place = line === undefined ? '' : ` at line ${line}`;
  const said =
    typeof message === 'string' && typeof name === 'string' ? `${name}: ${message}` : textOf(error);
  const text = said.slice(0, SHOWN_CHARS).replaceAll(/[\p{Cc}\p{Cs}]/gu, '\uFFFD');
  return `the transformation threw ${text}${place}`;
}

function textOf(error: unknown): string {
  return typeof error === 'string' ? error : (JSON.stringify(error) ?? 'undefined');
}

const SHOWN_CHARS = 500;
