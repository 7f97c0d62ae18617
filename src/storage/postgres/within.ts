import type { Clock } from '../../domain/clock.ts';

/** Waits until `work` has resolved or rejected, at most for `ms`. */
export async function within(
  clock: Pick<Clock, 'after'>,
  ms: number,
  work: Promise<unknown> | undefined,
): Promise<void> {
  let cancel = () => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([work?.catch(() => {}), late]);
  cancel();
}
