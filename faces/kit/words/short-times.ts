const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** Under a chart, of seconds: times of day, and the day where another begins. */
export function shortTimes(seconds: readonly number[]): string[] {
  return seconds.map((second, i) => {
    const date = new Date(second * 1000);
    const before = seconds[i - 1];
    const isNewDay =
      before === undefined || new Date(before * 1000).toDateString() !== date.toDateString();
    const isMidnight = date.getHours() === 0 && date.getMinutes() === 0;
    if (isMidnight) return DAY.format(date);
    return isNewDay ? `${TIME.format(date)}\n${DAY.format(date)}` : TIME.format(date);
  });
}
