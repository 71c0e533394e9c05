import type { Adapter, AdapterFactory, AdapterHost, ClusterQuery, ClusterReply, EventData } from "@halyard/contracts";
import { codedError } from "@halyard/core";
import type { NamespaceBroadcasts, Recipient } from "./broadcast/namespace-broadcasts.ts";
import type { ServerEvents } from "./server-events.ts";

/** This server's part of a namespace. */
interface LocalPart {
  readonly name: string;
  readonly broadcasts: NamespaceBroadcasts<Recipient>;
  readonly serverEvents: Pick<ServerEvents, "receive">;
}

/**
 * Makes the adapter of one namespace.
 * @throws `INVALID_OPTION` when the factory makes something else, such as an adapter for socket.io
 */
export function createAdapter(factory: AdapterFactory, part: LocalPart): Adapter {
  const adapter: Partial<Adapter> = callFactory(factory, createAdapterHost(part));
  if (isAdapter(adapter)) return adapter;
  throw codedError("INVALID_OPTION", FOREIGN_ADAPTER);
}

const FOREIGN_ADAPTER =
  "the option adapter takes an AdapterFactory of @halyard/contracts, not an adapter for socket.io";

function callFactory(factory: AdapterFactory, host: AdapterHost): Partial<Adapter> {
  try {
    return factory(host);
  } catch (thrown) {
    if (thrown instanceof TypeError) throw codedError("INVALID_OPTION", FOREIGN_ADAPTER, thrown); // a class, for one
    throw thrown;
  }
}

function isAdapter(value: Partial<Adapter>): value is Adapter {
  return typeof value.start === "function" && typeof value.publish === "function" && typeof value.query === "function";
}

/** Applies what other servers ask of one namespace to this server's part of it. */
function createAdapterHost(part: LocalPart): AdapterHost {
  return {
    namespace: part.name,
    execute(command) {
      const { broadcasts } = part;
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
          return part.serverEvents.receive(command.data);
      }
    },
    answer: (query, signal) => answer(part, query, signal),
  };
}

async function* answer(part: LocalPart, query: ClusterQuery, signal: AbortSignal): AsyncGenerator<ClusterReply> {
  switch (query.kind) {
    case "fetchSockets":
      for (const { id, rooms, handshake, data } of part.broadcasts.select(query.to))
        yield { kind: "socket", socket: { id, rooms: [...rooms], handshake, data } };
      return;
    case "serverEventWithAck":
      yield { kind: "ack", data: await answerServerEvent(part, query.data, signal) };
      return;
    case "broadcastWithAck":
      yield* answerBroadcast(part, query, signal);
  }
}

function answerServerEvent(part: LocalPart, data: EventData, signal: AbortSignal): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    part.serverEvents.receive([...data, (...answer: readonly unknown[]) => resolve(answer)]);
  });
}

async function* answerBroadcast(
  part: LocalPart,
  query: Extract<ClusterQuery, { kind: "broadcastWithAck" }>,
  signal: AbortSignal,
): AsyncGenerator<ClusterReply> {
  const { count, answers } = await new Promise<{ count: number; answers: readonly unknown[] }>((resolve) => {
    const timeout = query.timeoutMs;
    const count = part.broadcasts.ask(query.to, { timeout, local: true }, query.data, (_error, answers) =>
      resolve({ count, answers }),
    );
    signal.addEventListener("abort", () => resolve({ count, answers: [] }), { once: true });
  });
  yield { kind: "expect", count };
  for (const value of answers) yield { kind: "ack", data: [value] };
}
