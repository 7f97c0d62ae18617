export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly target?: Target;
  /** Which values are better, for the comparison of two builds; absent: the target says so, if there is one. */
  readonly better?: 'less' | 'more';
}

export type Target = { readonly atMost: number } | { readonly atLeast: number };

export function figure(name: string, value: number, unit: string, target?: Target): Figure {
  return { name, value, unit, ...(target !== undefined && { target }) };
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low, high] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return ((low ?? Number.NaN) + (high ?? Number.NaN)) / 2;
}
