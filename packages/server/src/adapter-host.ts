import type { Adapter, AdapterHost, ClusterCommand, ClusterQuery, ClusterReply, EventData } from "@halyard/contracts";
import { codedError, PushStream } from "@halyard/core";
import { BridgedAdapter } from "./bridge/bridged-adapter.ts";
import type { BridgedPart } from "./bridge/bridged-part.ts";
import { isIncumbentAdapter, type AnyAdapterFactory, type IncumbentAdapter } from "./bridge/incumbent-adapter.ts";
import { standIn } from "./bridge/namespace-stand-in.ts";
import type { NamespaceBroadcasts, Recipient } from "./broadcast/namespace-broadcasts.ts";

/**
 * Makes the adapter of one namespace.
 * @throws `INVALID_OPTION` when the factory makes something else
 */
export function createAdapter(factory: AnyAdapterFactory, part: BridgedPart): Adapter {
  const made = callFactory(factory, standIn(createAdapterHost(part), part));
  if (isAdapter(made)) return made;
  if (isIncumbentAdapter(made)) return new BridgedAdapter(made, part);
  throw codedError("INVALID_OPTION", NO_ADAPTER);
}

const NO_ADAPTER =
  "the option adapter takes an AdapterFactory of @halyard/contracts, or what makes an adapter that extends the one of socket.io-adapter";

/** As socket.io does, which takes classes, too. */
function callFactory(factory: AnyAdapterFactory, host: AdapterHost): object {
  try {
    const made: unknown = isClass(factory)
      ? Reflect.construct(factory, [host])
      : Reflect.apply(factory, undefined, [host]);
    if (typeof made === "object" && made !== null) return made;
  } catch (thrown) {
    if (thrown instanceof TypeError) throw codedError("INVALID_OPTION", NO_ADAPTER, thrown); // it expects something else
    throw thrown;
  }
  throw codedError("INVALID_OPTION", NO_ADAPTER);
}

function isClass(factory: AnyAdapterFactory): factory is new (namespace: never) => IncumbentAdapter {
  return /^class\b/.test(Function.prototype.toString.call(factory));
}

function isAdapter(value: Partial<Adapter>): value is Adapter {
  return typeof value.start === "function" && typeof value.publish === "function" && typeof value.query === "function";
}

/** Applies what other servers ask of one namespace to this server's part of it. */
function createAdapterHost(part: BridgedPart): AdapterHost {
  return {
    namespace: part.name,
    pastMs: part.recovery?.pastMs ?? 0,
    onGap: () => part.recovery?.onGap(),
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

function execute(part: BridgedPart, command: ClusterCommand): void {
  const { broadcasts } = part;
  switch (command.kind) {
    case "broadcast": {
      const { volatile = false, compress = true } = command;
      if (command.isPast === true) return part.recovery?.events.keepPast(command.to, command.data, command.mark);
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

async function* answer(part: BridgedPart, query: ClusterQuery, signal: AbortSignal): AsyncGenerator<ClusterReply> {
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
      for (const [room, count] of broadcasts.roomsHere(query.withOwn)) yield { kind: "room", room, count };
      return;
    case "serverEventWithAck":
      yield* answerServerEvent(part, query.data, signal);
      return;
    case "broadcastWithAck":
      yield* answerBroadcast(broadcasts, query, signal);
  }
}

async function* answerServerEvent(
  part: BridgedPart,
  data: EventData,
  signal: AbortSignal,
): AsyncGenerator<ClusterReply> {
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
