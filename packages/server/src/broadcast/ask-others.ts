import type { Adapter, Clock, ClusterQuery, ClusterReply, MissingNode } from "@halyard/contracts";
import { adapterQuery } from "@halyard/diagnostics";

/** Where a question is asked. */
interface Asker {
  readonly name: string;
  readonly adapter: Pick<Adapter, "query">;
}

/** Asks the other servers, and tells of it those who listen to the diagnostics channel. */
export function askOthers(
  { name: namespace, adapter }: Asker,
  query: ClusterQuery,
  signal: AbortSignal,
  clock: Clock,
): AsyncIterable<ClusterReply | MissingNode> {
  const replies = adapter.query(query, signal);
  return adapterQuery.hasSubscribers ? observe(replies, { namespace, kind: query.kind }, clock) : replies;
}

async function* observe(
  all: AsyncIterable<ClusterReply | MissingNode>,
  question: { readonly namespace: string; readonly kind: ClusterQuery["kind"] },
  clock: Clock,
): AsyncGenerator<ClusterReply | MissingNode> {
  const startMs = clock.monotonic();
  const missing: Pick<MissingNode, "node" | "reason">[] = [];
  let replies = 0;
  try {
    for await (const reply of all) {
      if (reply.kind === "missing") missing.push({ node: reply.node, reason: reply.reason });
      else if (reply.kind !== "expect") replies++;
      yield reply;
    }
  } finally {
    adapterQuery.publish({ ...question, replies, missing, durationMs: clock.monotonic() - startMs });
  }
}
