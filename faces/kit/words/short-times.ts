import { once } from './once.ts';

const time = once(() => new Intl.DateTimeFormat(undefined, { timeStyle: 'short' }));
const day = once(() => new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }));

/** Labels under a chart for instants in seconds: the time of day, or the day where a new day begins. */
export function shortTimes(seconds: readonly number[]): string[] {
  return seconds.map((second, i) => {
    const date = new Date(second * 1000);
    const before = seconds[i - 1];
    const isNewDay =
      before === undefined || new Date(before * 1000).toDateString() !== date.toDateString();
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    if (isMidnight) return day().format(date);
    return isNewDay ? `${time().format(date)}\n${day().format(date)}` : time().format(date);
  });
}
