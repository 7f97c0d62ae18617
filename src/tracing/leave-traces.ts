import { ROOT_CONTEXT, context } from '@opentelemetry/api';

/**
 * The same functions, which run outside of every span. What a call sets going (a timer, a connection,
 * a loop that goes on for days) keeps the span that was active, and would be shown as a part of it.
 */
export function leaveTraces<T extends object>(functions: T): T {
  const leaving = Object.entries(functions).map(([name, run]) => [
    name,
    typeof run !== 'function'
      ? run
      : (...given: unknown[]) => context.with(ROOT_CONTEXT, () => run(...given) as unknown),
  ]);
  return Object.fromEntries(leaving) as T;
}
