import { availableParallelism, cpus } from 'node:os';
import type { Figure, Target } from './figure.ts';

export interface Result {
  readonly scenario: string;
  /** Remarks for the reader besides the figures. */
  readonly notes?: readonly string[];
  readonly figures: readonly Figure[];
  /** The reasons why the figures are invalid; empty for a valid run. */
  readonly faults: readonly string[];
}

export function printTable({ scenario, notes = [], figures, faults }: Result): void {
  console.log(`\n${scenario}${faults.length > 0 ? '  INVALID' : ''}`);
  for (const note of notes) console.log(`  ${note}`);
  for (const fault of faults) console.log(`  ! ${fault}`);
  const rows = figures.map((figure) => [
    figure.name,
    show(figure.value),
    figure.unit,
    figure.target === undefined ? '' : showTarget(figure.target),
    verdict(figure),
  ]);
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ').trimEnd()}`);
  }
}

export function printJson({ scenario, notes = [], figures, faults }: Result): void {
  const entries = figures.map((figure) => [
    figure.name,
    {
      value: Number(figure.value.toPrecision(6)),
      unit: figure.unit,
      ...figure.target,
      ...(figure.target !== undefined && { pass: passes(figure.value, figure.target) }),
    },
  ]);
  console.log(
    JSON.stringify({
      scenario,
      valid: faults.length === 0,
      faults,
      notes,
      figures: Object.fromEntries(entries),
      node: process.version,
      cpus: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    }),
  );
}

function passes(value: number, target: Target): boolean {
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast;
}

function verdict({ value, target }: Figure): string {
  if (target === undefined) return '';
  return passes(value, target) ? 'pass' : 'MISSED';
}

function showTarget(target: Target): string {
  return 'atMost' in target ? `≤ ${show(target.atMost)}` : `≥ ${show(target.atLeast)}`;
}

function show(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
