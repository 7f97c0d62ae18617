/** Runs `work` on the items, several at a time, and returns the results in the order of the items. */
export async function inParallel<In, Out>(
  items: readonly In[],
  work: (item: In, index: number) => Promise<Out>,
  width = 16,
): Promise<Out[]> {
  const results: Out[] = [];
  const entries = items.entries();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const [index, item] of entries) results[index] = await work(item, index);
    }),
  );
  return results;
}
