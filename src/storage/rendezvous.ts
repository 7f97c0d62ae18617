/**
 * The owner of a shard among the workers: the one with the highest score for it. When a worker comes
 * or goes, only the shards that it gets or had change their owner (rendezvous hashing, Thaler and
 * Ravishankar, 1996). Null without workers.
 */
export function ownerAmong(shard: number, workers: readonly number[]): number | null {
  let owner: number | null = null;
  let highest = -1;
  for (const worker of workers) {
    const score = scoreOf(shard, worker);
    if (score < highest || (score === highest && owner !== null && owner < worker)) continue;
    owner = worker;
    highest = score;
  }
  return owner;
}

/** Mixes the bits of both, as the end of MurmurHash3 does. */
function scoreOf(shard: number, worker: number): number {
  let hash = Math.imul(worker, 0x9e3779b1) ^ Math.imul(shard + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
