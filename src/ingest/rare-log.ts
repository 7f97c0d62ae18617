import type { Logger } from 'pino';
import type { Clock } from '../domain/clock.ts';

/**
 * Logs at most one line of a kind in ten seconds, with the number of lines left out since the last one: a queue
 * full of wrong messages must not fill the disk with log lines.
 */
export type RareLog = (
  level: 'warn' | 'error',
  kind: string,
  context: object,
  message: string,
) => void;

export function createRareLog(
  log: Pick<Logger, 'warn' | 'error'>,
  clock: Pick<Clock, 'monotonicMs'>,
): RareLog {
  const kinds = new Map<string, { quietUntilMs: number; leftOutCount: number }>();
  return (level, kind, context, message) => {
    const nowMs = clock.monotonicMs();
    const last = kinds.get(kind);
    if (last !== undefined && nowMs < last.quietUntilMs) {
      last.leftOutCount++;
      return;
    }
    kinds.set(kind, { quietUntilMs: nowMs + EVERY_MS, leftOutCount: 0 });
    const leftOut = last === undefined ? 0 : last.leftOutCount;
    log[level](leftOut === 0 ? context : { ...context, leftOutCount: leftOut }, message);
  };
}

const EVERY_MS = 10_000;
