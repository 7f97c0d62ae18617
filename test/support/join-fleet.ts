import type { Storage } from '../../src/storage/storage.ts';

/** Resolves when a storage that is alone owns everything, and knows what is due. */
export async function joinFleet({ fleet }: Pick<Storage, 'fleet'>): Promise<void> {
  if (fleet.owns('ep_any')) return;
  await new Promise<void>((gained) =>
    fleet.join({ giveUp: () => Promise.resolve(), gained, slowed: () => [] }),
  );
}
