import { type CopyProgress, type CopyResult, copyDatabase } from '../app/app.ts';
import type { Config } from '../config/config.ts';

const PROGRESS_EVERY_MS = 1_000;

export interface CopyRequest {
  readonly from: Config['database'];
  readonly to: Config['database'];
  readonly dryRun?: true;
  readonly json?: true;
}

/** Copies a database. Prints the progress on stderr, and the result on stdout. */
export async function copy({ from, to, dryRun, json }: CopyRequest): Promise<void> {
  const startedMs = performance.now();
  const result = await copyDatabase(from, to, {
    dryRun: dryRun === true,
    onProgress: progressPrinter(startedMs),
  });
  const seconds = (performance.now() - startedMs) / 1_000;
  process.stdout.write(
    json ? `${JSON.stringify({ ...result, seconds }, null, 2)}\n` : resultText(result, seconds),
  );
}

function progressPrinter(startedMs: number): (progress: CopyProgress) => void {
  let toldMs = startedMs;
  let rowsBefore: number | null = null;
  return ({ step, rows, ofRows }) => {
    rowsBefore ??= rows;
    const nowMs = performance.now();
    if (nowMs - toldMs < PROGRESS_EVERY_MS) return;
    toldMs = nowMs;
    const perSecond = Math.round((1_000 * (rows - rowsBefore)) / (nowMs - startedMs));
    process.stderr.write(
      `${step}: ${count(rows)} of ${count(ofRows)} rows, ${count(perSecond)} a second\n`,
    );
  };
}

function resultText({ outcome, tables, rowsOfRun }: CopyResult, seconds: number): string {
  const width = Math.max(...tables.map(({ table }) => table.length));
  const rows = tables.map(
    ({ table, rows }) => `${table.padEnd(width)}  ${count(rows).padStart(13)}`,
  );
  return `${[...rows, '', ...conclusion(outcome, rowsOfRun, seconds)].join('\n')}\n`;
}

function conclusion(outcome: CopyResult['outcome'], rows: number, seconds: number): string[] {
  switch (outcome) {
    case 'dry run':
      return ['These rows would be copied. Nothing was changed.', NOT_COPIED];
    case 'copied before':
      return ['The copy was complete already: counts and sums of all tables agreed.'];
    case 'copied': {
      const speed = `${seconds.toFixed(1)} s, ${count(Math.round(rows / seconds))} rows a second`;
      return [
        `This run copied ${count(rows)} rows in ${speed}. Counts and sums of all tables agree.`,
        NOT_COPIED,
        'Start the server on the PostgreSQL database now, with the same JWT secret and secrets key.',
      ];
    }
  }
}

function count(rows: number): string {
  return rows.toLocaleString('en-US');
}

const NOT_COPIED =
  'Not copied: indexes and process numbers of SQLite, and claims: deliveries that were in flight are attempted again.';
