/**
 * Adds up what all servers of a cluster answer to `PUBSUB NUMSUB` or `SHARDNUMSUB` for one of the channels asked for: of each its
 * name, then how many listen.
 */
export function numSub(replies: readonly unknown[], index = 0): number {
  let sum = 0;
  for (const reply of replies) {
    const count = Array.isArray(reply) ? Number(reply[2 * index + 1]) : 0;
    if (Number.isFinite(count)) sum += count;
  }
  return sum;
}
