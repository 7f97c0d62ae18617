import { textTable, widthOf } from '../text-table.ts';
import { parseExact } from './exact-json.ts';

/** An answer of the API for people: a table of rows, or one object with a line for each member. */
export function answerText(text: string, width: number): string {
  if (text === '') return 'done\n';
  const answer = parseExact(text) as Row;
  const { data, iterator: _next, prevIterator: _earlier, done: _end, ...others } = answer;
  if (!isRows(data)) return `${objectText(answer)}\n`;
  const rest = Object.keys(others).length === 0 ? '' : `\n${objectText(others)}\n`;
  return `${rowsText(data, width)}\n${rest}`;
}

function isRows(data: unknown): data is readonly Row[] {
  return Array.isArray(data) && data.every((row) => typeof row === 'object' && row !== null);
}

export type Row = Readonly<Record<string, unknown>>;

/** A table with as many columns as fit: identifying columns come first, columns without a value are left out. */
function rowsText(rows: readonly Row[], width: number): string {
  if (rows.length === 0) return 'none';
  const filled = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) =>
    rows.some((row) => isShown(row[name])),
  );
  const names = filled.toSorted((a, b) => rankOf(a) - rankOf(b));
  const columns: string[][] = [];
  let left = width;
  for (const name of names) {
    const cells = [headingOf(name), ...rows.map((row) => cellOf(row[name], CELL_CHARS))];
    const needed = cells.reduce((widest, cell) => Math.max(widest, widthOf(cell)), 0) + 2;
    if (columns.length > 0 && needed > left) continue;
    left -= needed;
    columns.push(cells);
  }
  return textTable(['', ...rows].map((_, line) => columns.map((cells) => cells[line] ?? '')));
}

function objectText(object: Row): string {
  const members = Object.entries(object).filter(([, value]) => value !== undefined);
  return textTable(members.map(([name, value]) => [name, cellOf(value, Infinity)]));
}

/** Columns that identify rows and show their state come first; the others follow in the API's order. */
const FIRST = [
  'id',
  'name',
  'uid',
  'eventId',
  'url',
  'eventType',
  'statusText',
  'status',
  'disabled',
  'paused',
  'breaker',
  'waitsUntil',
  'nextAttempt',
  'responseStatusCode',
  'failure',
  'operation',
  'timestamp',
  'createdAt',
];
/** Columns that are long, or the same in every row, come last. */
const LAST = ['payload', 'response', 'schemas', 'policy', 'updatedAt', 'filterTypes', 'rateLimit'];
const CELL_CHARS = 48;

function rankOf(name: string): number {
  const first = FIRST.indexOf(name);
  if (first !== -1) return first;
  return FIRST.length + (LAST.includes(name) ? 1 : 0);
}

function isShown(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** `responseStatusCode` → `RESPONSE STATUS CODE` */
function headingOf(name: string): string {
  return name.replace(/([a-z])([A-Z])/g, '$1 $2').toUpperCase();
}

function cellOf(value: unknown, limit: number): string {
  if (value === null || value === undefined) return '-';
  const isPlainList = Array.isArray(value) && value.every((item) => typeof item === 'string');
  const text = isPlainList
    ? value.join(',')
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
  return shortened(printable(text), limit);
}

/** Removes control sequences: texts of the API may contain some that control the terminal. */
export function printable(text: string): string {
  return text.replace(
    CONTROLS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Don't end with half of a surrogate pair.
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
