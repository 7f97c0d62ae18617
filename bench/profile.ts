import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/**
 * Prints the functions with the most self time of each thread's profile in a directory. Only the second half of a
 * profile counts, because the first half has the start and the warm-up.
 */
export async function printProfiles(directory: string): Promise<void> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.cpuprofile'));
  for (const file of files.sort()) {
    const profile = JSON.parse(await readFile(join(directory, file), 'utf8')) as CpuProfile;
    const { totalMs, rows } = selfTimes(profile);
    console.log(`\n${join(directory, file)}: ${totalMs.toFixed(0)} ms but for idle`);
    for (const [place, selfMs] of rows.slice(0, 30)) {
      console.log(`  ${((100 * selfMs) / totalMs).toFixed(1).padStart(5)} %  ${place}`);
    }
  }
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

function selfTimes({ nodes, samples, timeDeltas }: CpuProfile) {
  const placeOf = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => [
      id,
      `${functionName || '(anonymous)'} ${url === '' ? '' : `${basename(url)}:${lineNumber + 1}`}`,
    ]),
  );
  const selfMs = new Map<string, number>();
  const half = timeDeltas.reduce((sum, delta) => sum + delta, 0) / 2;
  let elapsed = 0;
  for (const [index, id] of samples.entries()) {
    const delta = timeDeltas[index] ?? 0;
    elapsed += delta;
    if (elapsed < half) continue;
    const place = placeOf.get(id) ?? '?';
    if (place.startsWith('(idle)')) continue;
    selfMs.set(place, (selfMs.get(place) ?? 0) + delta / 1000);
  }
  const rows = [...selfMs].sort(([, a], [, b]) => b - a);
  return { totalMs: rows.reduce((sum, [, ms]) => sum + ms, 0), rows };
}
