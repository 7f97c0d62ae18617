import type { Storage } from '../../src/storage/storage.ts';

/** Joins the fleet, and waits until the storage, which must be alone, owns every shard and knows the due deliveries. */
export async function joinFleet({ fleet }: Pick<Storage, 'fleet'>): Promise<void> {
  if (fleet.owns('ep_any')) return;
  await new Promise<void>((gained) =>
    fleet.join({ giveUp: () => Promise.resolve(), gained, slowed: () => [] }),
  );
}
