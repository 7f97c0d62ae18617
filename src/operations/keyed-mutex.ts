/**
 * One mutex per key: calls with the same key run one after another, in their order. So an edit, which reads
 * a row and writes it again, can't overwrite another edit.
 */
export type KeyedMutex = <T>(key: string, run: () => Promise<T>) => Promise<T>;

export function createKeyedMutex(): KeyedMutex {
  const last = new Map<string, Promise<unknown>>();
  return async (key, run) => {
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(run, run);
    last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (last.get(key) === mine) last.delete(key);
    }
  };
}
