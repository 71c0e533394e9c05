import type {
  Adapter,
  AdapterFactory,
  AdapterHost,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  EventData,
} from "@halyard/contracts";
import { codedError, PushStream } from "@halyard/core";
import type { NamespaceBroadcasts, Recipient } from "./broadcast/namespace-broadcasts.ts";
import type { ServerEvents } from "./server-events.ts";

/** This server's part of a namespace. */
interface LocalPart {
  readonly name: string;
  readonly broadcasts: NamespaceBroadcasts<Recipient>;
  readonly serverEvents: Pick<ServerEvents, "receive">;
  report(thrown: unknown): void;
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
      try {
        execute(part, command);
      } catch (thrown) {
        part.report(thrown); // such as a listener of a room's events
      }
    },
    answer: (query, signal) => answer(part, query, signal),
  };
}

function execute(part: LocalPart, command: ClusterCommand): void {
  const { broadcasts } = part;
  switch (command.kind) {
    case "broadcast": {
      const { volatile = false, compress = true } = command;
      return broadcasts.deliver(command.to, { volatile, compress }, command.data, command.mark);
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
}

async function* answer(part: LocalPart, query: ClusterQuery, signal: AbortSignal): AsyncGenerator<ClusterReply> {
  const { broadcasts } = part;
  switch (query.kind) {
    case "fetchSockets":
      for (const { id, rooms, handshake, data } of broadcasts.select(query.to))
        yield { kind: "socket", socket: { id, rooms: [...rooms], handshake, data } };
      return;
    case "count":
      yield { kind: "count", count: broadcasts.select(query.to).length };
      return;
    case "rooms":
      for (const [room, count] of broadcasts.roomsHere()) yield { kind: "room", room, count };
      return;
    case "serverEventWithAck":
      yield* answerServerEvent(part, query.data, signal);
      return;
    case "broadcastWithAck":
      yield* answerBroadcast(broadcasts, query, signal);
  }
}

async function* answerServerEvent(part: LocalPart, data: EventData, signal: AbortSignal): AsyncGenerator<ClusterReply> {
  const reply = await new Promise<ClusterReply | undefined>((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined), { once: true });
    part.serverEvents.receive([...data, (...answer: readonly unknown[]) => resolve({ kind: "ack", data: answer })]);
  });
  if (reply !== undefined) yield reply;
}

/** Tells how many clients are asked, then each answer as it comes; ends once every client has answered or left. */
async function* answerBroadcast(
  broadcasts: NamespaceBroadcasts<Recipient>,
  query: Extract<ClusterQuery, { kind: "broadcastWithAck" }>,
  signal: AbortSignal,
): AsyncGenerator<ClusterReply> {
  const answers = new PushStream<ClusterReply>();
  signal.addEventListener("abort", () => answers.end(), { once: true });
  const { timeoutMs: timeout, volatile = false, compress = true } = query;
  const flags = { timeout, volatile, compress, local: true };
  const count = broadcasts.ask(query.to, flags, query.data, {
    onAnswer: (answer) => answers.push({ kind: "ack", data: [answer] }),
    onComplete: () => answers.end(),
  });
  yield { kind: "expect", count };
  yield* answers;
}
