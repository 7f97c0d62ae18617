import { useEffect, useRef, useState } from 'react';
import type { AttemptTotalsOut } from '../../kit/api/types.ts';

export interface Rates {
  /** Per second. */
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
  /** The time over which the rates are measured. */
  readonly overMs: number;
}

interface Sample {
  readonly at: number;
  readonly accepted: number;
  readonly delivered: number;
  readonly failed: number;
}

/** The server updates its sums every ten seconds: over a shorter time the rates would jump. */
const SHORTEST_MS = 9_000;
const LONGEST_MS = 60_000;

/** Rates from the growth of the sums since they were last read. */
export function useRates(totals: AttemptTotalsOut | undefined, readAt: number): Rates | null {
  const samples = useRef<Sample[]>([]);
  const [rates, setRates] = useState<Rates | null>(null);
  useEffect(() => {
    if (totals === undefined) return;
    const now = {
      at: readAt,
      accepted: totals.acceptedCount ?? 0,
      delivered: totals.successCount,
      failed: totals.failureCount,
    };
    samples.current = [...samples.current.filter(({ at }) => at > readAt - LONGEST_MS), now];
    const [first = now] = samples.current;
    const overMs = now.at - first.at;
    if (overMs < SHORTEST_MS) return;
    setRates({
      accepted: ((now.accepted - first.accepted) / overMs) * 1000,
      delivered: ((now.delivered - first.delivered) / overMs) * 1000,
      failed: ((now.failed - first.failed) / overMs) * 1000,
      overMs,
    });
  }, [totals, readAt]);
  return rates;
}
