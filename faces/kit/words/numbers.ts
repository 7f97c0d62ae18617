import { fieldRefused } from '../api/api-error.ts';
import { once } from './once.ts';

const numbers = once(() => new Intl.NumberFormat());

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${numbers().format(count)} ${count === 1 ? one : many}`;
}

export function whole(count: number): string {
  return numbers().format(count);
}

/** `0 %`, `0.3 %`, `12 %`. */
export function percentage(part: number): string {
  const percent = part * 100;
  return `${percent > 0 && percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** Per second: `0`, `0.035`, `1.5`, `12`, `1,234`. */
export function rate(perSecond: number): string {
  return perSecond < 10
    ? String(Number(perSecond.toPrecision(2)))
    : numbers().format(Math.round(perSecond));
}

/** The text of a field for a number that may be absent. */
export function textOf(value: number | null | undefined): string {
  return String(value ?? '');
}

/**
 * The number in such a field; null: the field is empty. Throws for any other text, as the API would: in JSON, NaN
 * becomes null, so a mistyped limit would mean "no limit".
 */
export function numberOf(text: string, field: string): number | null {
  return text.trim() === '' ? null : neededNumberOf(text, field);
}

/** The number in a field, or in a part of it, that must not be empty. */
export function neededNumberOf(text: string, field: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw fieldRefused(field, 'must be a number');
  return number;
}
