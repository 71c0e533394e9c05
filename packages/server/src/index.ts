import type { NodeHttpServer } from "./http-host.ts";
import { Namespace } from "./namespace.ts";
import { Server, type ServerOptions } from "./server.ts";
import { Socket } from "./socket.ts";

export type {
  Adapter,
  AdapterFactory,
  AdapterHost,
  DefaultEventsMap,
  EventsMap,
  Parser,
  SocketPacket,
} from "@halyard/contracts";
export type { AnyAdapterFactory, IncumbentAdapter, IncumbentAdapterFactory } from "./bridge/incumbent-adapter.ts";
export type { Broadcast, BroadcastOperator } from "./broadcast/broadcast-operator.ts";
export type { ClusterResult } from "./broadcast/cluster-result.ts";
export type { BroadcastAckError } from "./broadcast/broadcast-ack.ts";
export type { TimedBroadcast } from "./broadcast/timed-broadcast.ts";
export type { ServerStats } from "./counters.ts";
export type { DrainOptions } from "./drain.ts";
export type { RetryHint } from "./delivery/retry-hint.ts";
export type { RetryRecordsOptions } from "./delivery/retry-record-options.ts";
export type { RemoteSocket } from "./broadcast/remote-socket.ts";
export type { Client, EngineConnection } from "./engine-connection.ts";
export type { Handshake } from "./handshake.ts";
export type { NodeHttpServer } from "./http-host.ts";
export type { AdapterView, ExtendedError } from "./namespace.ts";
export type { NamespaceMatcher } from "./parent-namespace.ts";
export type { RecoveryFailure } from "./recovery/recovery-failure.ts";
export type { ConnectionStateRecoveryOptions } from "./recovery/recovery-options.ts";
export type { ErrorHook, HandlerFailure, ServerOptions } from "./server.ts";
export type { OverflowPolicy } from "./resolved-options.ts";
export type { DisconnectReason, Event } from "./socket-events.ts";
export { Namespace, Server, Socket };

/** Makes a server, as `new Server()` does; what `require("@halyard/server")` returns, with the classes as its properties. */
function createServer(server?: NodeHttpServer | number, options?: Partial<ServerOptions>): Server {
  return new Server(server, options);
}

/** What `require("@halyard/server")` returns, and what the module exports as default: a function that makes servers. */
const callable: CallableModule = Object.assign(createServer, { Server, Namespace, Socket });

/** The whole module as one function. */
export interface CallableModule {
  (server?: NodeHttpServer | number, options?: Partial<ServerOptions>): Server;
  readonly Server: typeof Server;
  readonly Namespace: typeof Namespace;
  readonly Socket: typeof Socket;
}

export default callable;
export { callable as "module.exports" };
