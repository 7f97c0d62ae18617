import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figure, median, type Figure } from './figure.ts';
import type { Result } from './report.ts';
import type { Settings } from './stage.ts';

export const ownCheckout = fileURLToPath(new URL('..', import.meta.url));

type Measure = (settings: Settings) => Promise<Result>;

/**
 * Measures this checkout and another in turns, so that a change in the speed of the machine affects both. The
 * programs of the benchmark are those of this checkout on both sides.
 */
export async function compareBuilds(
  measure: Measure,
  settings: Settings,
  other: string,
  rounds: number,
): Promise<Result> {
  const notes = describeBuilds(other);
  const pairs: (readonly [Result, Result])[] = [];
  for (let round = 0; round < rounds; round++) {
    const ours = await measure({ ...settings, checkout: ownCheckout });
    pairs.push([ours, await measure({ ...settings, checkout: other })]);
  }
  const [first] = pairs[0] ?? [];
  return {
    scenario: `${first?.scenario ?? '?'}, this ÷ other`,
    notes,
    faults: pairs.flatMap(([ours, theirs]) => [
      ...ours.faults.map((fault) => `this: ${fault}`),
      ...theirs.faults.map((fault) => `other: ${fault}`),
    ]),
    figures: (first?.figures ?? []).flatMap((entry) => compareFigure(entry, pairs)),
  };
}

/** The share by which a figure may be worse than that of the other build. */
const tolerance = 0.05;

function compareFigure(
  { name, unit, better, target }: Figure,
  pairs: readonly (readonly [Result, Result])[],
): Figure[] {
  const direction = better ?? (target && ('atMost' in target ? 'less' : 'more'));
  if (direction === undefined) return [];
  const values = pairs.map((pair) => pair.map((result) => valueOf(result, name)));
  // Two figures of zero, such as messages that are missing, are equal.
  const ratios = values.map(([ours = Number.NaN, theirs = Number.NaN]) =>
    ours === theirs ? 1 : ours / theirs,
  );
  const goal = direction === 'less' ? { atMost: 1 + tolerance } : { atLeast: 1 - tolerance };
  return [
    ...['this', 'other'].map((side, index) =>
      figure(`${name}, ${side}`, median(values.map((pair) => pair[index] ?? Number.NaN)), unit),
    ),
    ...ratios.map((ratio, index) => figure(`${name}, pair ${index + 1}`, ratio, '×')),
    figure(`${name}, median of the pairs`, median(ratios), '×', goal),
  ];
}

function valueOf({ figures }: Result, name: string): number {
  return figures.find((entry) => entry.name === name)?.value ?? Number.NaN;
}

function describeBuilds(other: string): string[] {
  const sides = { this: ownCheckout, other };
  const kinds = new Set(Object.values(sides).map(startsFrom));
  if (kinds.size > 1) {
    const found = Object.entries(sides).map(([side, path]) => `${side} from ${startsFrom(path)}`);
    throw new Error(
      `the two servers would start differently: ${found.join(', ')}. Build both or neither: npm run build`,
    );
  }
  return Object.entries(sides).map(([side, path]) => `${side}: ${path} from ${startsFrom(path)}`);
}

/** Where `bin/posthaste` starts from: the build, unless a source is newer. */
function startsFrom(checkout: string): 'dist' | 'sources' {
  const built = join(checkout, 'dist/command/cli.js');
  if (!existsSync(built)) return 'sources';
  const builtAt = statSync(built).mtimeMs;
  const sources = join(checkout, 'src');
  const stale = readdirSync(sources, { recursive: true, encoding: 'utf8' }).some(
    (file) => file.endsWith('.ts') && statSync(join(sources, file)).mtimeMs > builtAt,
  );
  return stale ? 'sources' : 'dist';
}
