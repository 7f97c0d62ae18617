/**
 * The worker that each shard should belong to, by rendezvous hashing: every process computes the same result
 * from the same workers, and a worker that joins or leaves moves only the shards that it gains or loses.
 */
export function desiredOwners(
  shards: Iterable<number>,
  workers: readonly number[],
): Map<number, number> {
  const owners = new Map<number, number>();
  for (const shard of shards) {
    const owner = desiredOwner(shard, workers);
    if (owner !== null) owners.set(shard, owner);
  }
  return owners;
}

function desiredOwner(shard: number, workers: readonly number[]): number | null {
  let best: number | null = null;
  let highest = -1;
  for (const worker of workers) {
    const score = scoreOf(shard, worker);
    // The number decides between equal scores, so that the order of `workers` does not.
    if (score < highest || (score === highest && best !== null && worker > best)) continue;
    best = worker;
    highest = score;
  }
  return best;
}

/** Mixes the two numbers with the finalizer of MurmurHash3, so that neighbouring numbers get unrelated scores. */
function scoreOf(shard: number, worker: number): number {
  let hash = Math.imul(worker, 0x9e3779b1) ^ Math.imul(shard + 1, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
