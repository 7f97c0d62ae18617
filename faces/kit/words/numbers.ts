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

/** What stands in a field that may be empty. */
export function textOf(value: number | null | undefined): string {
  return String(value ?? '');
}

/**
 * What was typed into such a field; null: nothing. Throws what the API would say of a text: in JSON it would be
 * null, so that a limit with a slip of the finger in it would be no limit.
 */
export function numberOf(text: string, field: string): number | null {
  return text.trim() === '' ? null : neededNumberOf(text, field);
}

/** The same of a field, or of one place in it, that may not be empty: nothing is not 0. */
export function neededNumberOf(text: string, field: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isFinite(number)) throw fieldRefused(field, 'must be a number');
  return number;
}
