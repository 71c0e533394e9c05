import type { ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";

/** Counts what nodes of socket.io tell only one by one: their sockets, or the members of their rooms. */
export async function* numbersFromSockets(
  query: Extract<ClusterQuery, { kind: "count" | "rooms" }>,
  replies: AsyncIterable<ClusterReply | MissingNode>,
): AsyncGenerator<ClusterReply | MissingNode> {
  const rooms = new Map<string, number>();
  const missing: MissingNode[] = [];
  const withOwn = query.kind === "rooms" && query.withOwn === true;
  let count = 0;
  for await (const reply of replies) {
    if (reply.kind === "missing") missing.push(reply);
    if (reply.kind !== "socket") continue;
    count++;
    const { id, rooms: joined } = reply.socket;
    for (const room of joined) if (room !== id || withOwn) rooms.set(room, (rooms.get(room) ?? 0) + 1);
  }
  if (query.kind === "count") yield { kind: "count", count };
  else for (const [room, members] of rooms) yield { kind: "room", room, count: members };
  yield* missing;
}
