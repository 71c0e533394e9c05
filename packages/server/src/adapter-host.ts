import type { AdapterHost, ClusterQuery, ClusterReply, EventData } from "@halyard/contracts";
import type { NamespaceCore } from "./namespace-core.ts";

/** Applies what other servers ask of one namespace to this server's part of it. */
export function createAdapterHost(core: NamespaceCore): AdapterHost {
  return {
    namespace: core.name,
    execute(command) {
      const { broadcasts } = core;
      switch (command.kind) {
        case "broadcast": {
          const { volatile = false, compress = true } = command;
          return broadcasts.deliver(command.to, { volatile, compress }, command.data);
        }
        case "join":
          return broadcasts.joinHere(command.to, command.rooms);
        case "leave":
          return broadcasts.leaveHere(command.to, command.rooms);
        case "disconnect":
          return broadcasts.disconnectHere(command.to, command.closeConnection);
        case "serverEvent":
          return core.serverEvents.receive(command.data);
      }
    },
    answer: (query, signal) => answer(core, query, signal),
  };
}

async function* answer(core: NamespaceCore, query: ClusterQuery, signal: AbortSignal): AsyncGenerator<ClusterReply> {
  switch (query.kind) {
    case "fetchSockets":
      for (const { id, rooms, handshake, data } of core.broadcasts.select(query.to))
        yield { kind: "socket", socket: { id, rooms: [...rooms], handshake, data } };
      return;
    case "serverEventWithAck":
      yield { kind: "ack", data: await answerServerEvent(core, query.data, signal) };
      return;
    case "broadcastWithAck":
      yield* answerBroadcast(core, query, signal);
  }
}

function answerServerEvent(core: NamespaceCore, data: EventData, signal: AbortSignal): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    core.serverEvents.receive([...data, (...answer: readonly unknown[]) => resolve(answer)]);
  });
}

async function* answerBroadcast(
  core: NamespaceCore,
  query: Extract<ClusterQuery, { kind: "broadcastWithAck" }>,
  signal: AbortSignal,
): AsyncGenerator<ClusterReply> {
  const { count, answers } = await new Promise<{ count: number; answers: readonly unknown[] }>((resolve) => {
    const timeout = query.timeoutMs;
    const count = core.broadcasts.ask(query.to, { timeout, local: true }, query.data, (_error, answers) =>
      resolve({ count, answers }),
    );
    signal.addEventListener("abort", () => resolve({ count, answers: [] }), { once: true });
  });
  yield { kind: "expect", count };
  for (const value of answers) yield { kind: "ack", data: [value] };
}
