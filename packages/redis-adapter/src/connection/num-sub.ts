/** Adds up what all servers of a cluster answer to `PUBSUB NUMSUB` or `SHARDNUMSUB` for one channel: its name, then how many listen. */
export function numSub(replies: readonly unknown[]): number {
  let sum = 0;
  for (const reply of replies) {
    const count = Array.isArray(reply) ? Number(reply[1]) : 0;
    if (Number.isFinite(count)) sum += count;
  }
  return sum;
}
