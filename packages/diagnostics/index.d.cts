import { ClusterQuery, EngineCloseReason, MissingNode, SocketPacket, TransportName } from "@halyard/contracts";

// src/messages/ack.d.ts
/** An event was sent whose acknowledgement is waited for: by one client, or as a broadcast by many. */
interface AckAsk {
  readonly namespace: string;
  /** The name of the event. */
  readonly event: string;
  /** Absent for broadcasts. */
  readonly socketId?: string;
  /** This server's clients that are asked; 1 unless it is a broadcast. */
  readonly clients: number;
  /** Milliseconds that they have; absent if they have as long as they like. */
  readonly timeoutMs?: number;
}
/**
* How waiting for an acknowledgement has ended.
*
* - `answered`: everybody who was asked has answered.
* - `timeout`: the time was over first.
* - `disconnected`: a client left first, or one of a broadcast could not be asked.
*/
type AckOutcome = "answered" | "timeout" | "disconnected";
/** An acknowledgement is not waited for any more. Only for those that were asked for while this channel had a subscriber. */
interface AckSettle {
  readonly namespace: string;
  /** The name of the event. */
  readonly event: string;
  /** Absent for broadcasts. */
  readonly socketId?: string;
  /** This server's clients that were asked; 1 unless it was a broadcast. */
  readonly clients: number;
  /** Answers that came: of a broadcast those from other servers, too. */
  readonly answers: number;
  readonly outcome: AckOutcome;
  /** Milliseconds since the event was sent. */
  readonly durationMs: number;
}
/** The backend can be reached, and messages flow in both directions; told at the start, too. */
interface AdapterUp {
  /** This server's id in the cluster. */
  readonly nodeId: string;
}
/** The backend is away: messages to other servers wait, and those of others do not arrive. */
interface AdapterDown {
  readonly nodeId: string;
  /** What is known of the cause. */
  readonly cause?: unknown;
}
/** Messages to other servers wait. Told when the first one does, whenever their bytes have doubled since, and when none waits any more. */
interface AdapterBacklog {
  readonly nodeId: string;
  /** Messages that wait now; 0 when none does any more. */
  readonly messages: number;
  /** Their bytes. */
  readonly bytes: number;
}
/** Messages to other servers were never sent: there were too many, they were too old, or they cannot be sent at all. */
interface AdapterDrop {
  readonly nodeId: string;
  readonly messages: number;
  readonly bytes: number;
  /** What is known of the cause. */
  readonly cause?: unknown;
}
/** Messages of other servers may have been missed. */
interface AdapterGap {
  readonly nodeId: string;
  /** What is known of the cause. */
  readonly cause?: unknown;
}
/** Another server was heard for the first time. A server of socket.io has an id for each of its namespaces. */
interface AdapterJoin {
  readonly nodeId: string;
  /** The other server's id. */
  readonly peerId: string;
}
/** Another server has left, or was silent for too long. */
interface AdapterLeave {
  readonly nodeId: string;
  /** The other server's id. */
  readonly peerId: string;
}
/** A message of another server could not be read, and was skipped. */
interface AdapterMalformed {
  readonly nodeId: string;
}
/** A question to the other servers is over: whether all have answered, or not all of them. */
interface AdapterQuery {
  readonly namespace: string;
  readonly kind: ClusterQuery["kind"];
  /** Parts of answers that came: sockets, rooms, counts or acknowledgements. */
  readonly replies: number;
  /** Servers whose answer is not complete. None if the others are not known by name. */
  readonly missing: readonly Pick<MissingNode, "node" | "reason">[];
  /** Milliseconds since it was asked. */
  readonly durationMs: number;
}
/** A client has opened an Engine.IO session. */
interface EngineOpen {
  /** The session's id, which the messages of its sockets name, too. */
  readonly connectionId: string;
  readonly transport: TransportName;
  /** Engine.IO protocol revision that the client speaks. */
  readonly protocol: 3 | 4;
  /** IP address of the peer: of the last proxy, where there is one. Empty if it is not known any more. */
  readonly address: string;
}
/** A session has ended. There is one for every {@link EngineOpen}. */
interface EngineClose {
  readonly connectionId: string;
  /** What the session was on at its end. */
  readonly transport: TransportName;
  readonly reason: EngineCloseReason;
  /** The code of {@link error}: which limit or rule it was, if the client broke one. */
  readonly code?: string;
  readonly error?: Error;
  /** Milliseconds since the session was opened, by the wall clock. */
  readonly durationMs: number;
}
/** A request was refused, and with it a new session or a step of one that exists. */
interface EngineRefuse {
  /** What the client is told: a number of `Server.errors`. */
  readonly code: number;
  /** The text of that code. */
  readonly message: string;
  /** What it was in particular, such as `ORIGIN_NOT_ALLOWED`, where the code alone does not tell. */
  readonly detail?: string;
  /** The transport that was asked for, if it is one that exists. */
  readonly transport?: TransportName;
  /** IP address of the peer. */
  readonly address: string;
}
/** A session has moved to another transport. */
interface EngineUpgrade {
  readonly connectionId: string;
  readonly from: TransportName;
  readonly to: TransportName;
  /** Milliseconds from the moment in which the new connection was accepted. */
  readonly durationMs: number;
}
/**
* Why a session stayed on its transport.
*
* - `timeout`: the client did not go on within `upgradeTimeout`.
* - `closed`: the new connection ended first.
* - `unexpected packet`: the client sent over the new connection what does not belong there before the switch.
* - `session over`: the session ended first.
*/
type UpgradeFailure = "timeout" | "closed" | "unexpected packet" | "session over";
/** A session was about to move to another transport, and stays where it was. */
interface EngineUpgradeFail {
  readonly connectionId: string;
  readonly from: TransportName;
  readonly to: TransportName;
  readonly reason: UpgradeFailure;
  /** Milliseconds from the moment in which the new connection was accepted. */
  readonly durationMs: number;
}
/** A Socket.IO packet has come in complete, attachments included. Told before the application hears of it. */
interface PacketReceive {
  readonly connectionId: string;
  /** What the client says: it may be a namespace that it is not in. */
  readonly namespace: string;
  readonly type: SocketPacket["type"];
  /** The name of an event. Clients choose it, as long and as many as they like: no label for metrics without a list of yours. */
  readonly event?: string;
  /** Whether the client wants an acknowledgement, or which one it gives. */
  readonly ackId?: number;
  /** Of the packet with its attachments: after the engine's framing and compression, before parsing. Text counts as UTF-8. */
  readonly bytes: number;
}
/** A Socket.IO packet was handed to the engine: once for a broadcast, whatever the number of its recipients. */
interface PacketSend {
  /** Absent for broadcasts. */
  readonly connectionId?: string;
  readonly namespace: string;
  readonly type: SocketPacket["type"];
  /** The name of an event. */
  readonly event?: string;
  /** Whether the server wants an acknowledgement, or which one it gives. */
  readonly ackId?: number;
  /** Of the packet with its attachments, for one recipient: before the engine's framing and compression. Text counts as UTF-8. */
  readonly bytes: number;
  /** This server's clients that it goes to; 1 unless it is a broadcast, whose number may be 0. */
  readonly recipients: number;
}
/**
* Why a packet did not leave.
*
* - `volatile`: it was volatile, and could not have left at once.
* - `overflow`: too much is queued for its client (`overflow: "drop"`).
*/
type DropReason = "volatile" | "overflow";
/** A packet to one client did not leave. A broadcast has one for each client that does not get it. */
interface PacketDrop {
  readonly connectionId: string;
  readonly reason: DropReason;
  /** Bytes that are queued for the client. */
  readonly bufferedBytes: number;
}
/**
* Why a packet was skipped.
*
* - `unknown ack`: nobody waits for that acknowledgement, or no more.
* - `left namespace`: the server has disconnected the socket while the packet was under way.
* - `repeated event`: it was handled already; the client has sent it again as it had no answer, and gets the same answer again.
*/
type IgnoreReason = "unknown ack" | "left namespace" | "repeated event";
/** A packet of a client was skipped, and did no harm. */
interface PacketIgnore {
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: IgnoreReason;
}
/**
* What a client did for which its connection is ended.
*
* - `parse`: a message outside of the grammar, or beyond a limit on packets.
* - `protocol`: a well-formed packet where it must not be, or too many of them.
* - `idle`: it was in no namespace for longer than `connectTimeout`.
*/
type ViolationKind = "parse" | "protocol" | "idle";
/** A client broke the Socket.IO protocol or crossed a limit of it; its connection ends. Those of the engine are in `halyard:engine:close`. */
interface ServerViolation {
  readonly connectionId: string;
  readonly kind: ViolationKind;
  /** `SOCKET_PARSE` or `SOCKET_VIOLATION`; absent for clients that did nothing at all. */
  readonly code?: string;
  /** What it was, with the option that sets the limit. */
  readonly message: string;
}
/** Application code failed: a handler, a middleware, an acknowledgement's callback, or the adapter. */
interface ServerError {
  readonly error: Error;
  readonly namespace?: string;
  readonly socketId?: string;
  /** The event whose handler failed, if it was one. Clients choose it where a catch-all listener failed. */
  readonly event?: string;
}
/** A server has begun to disconnect its clients evenly over a time: `io.drain()`. */
interface ServerDrainStart {
  /** Connections that are to go. */
  readonly connections: number;
  /** Milliseconds over which they go. */
  readonly durationMs: number;
}
/** A drain is over; the server closes what is left, if anything is. */
interface ServerDrainEnd {
  /** Connections that are still there. */
  readonly connections: number;
  /** Milliseconds that it took. */
  readonly durationMs: number;
}
/** A client is connected to a namespace. */
interface SocketConnect {
  readonly socketId: string;
  /** The Engine.IO session below, which sockets of several namespaces share. */
  readonly connectionId: string;
  readonly namespace: string;
  /** Whether the state of a former connection was restored. */
  readonly recovered: boolean;
}
/** A socket that was connected is gone. */
interface SocketDisconnect {
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: EngineCloseReason | "client namespace disconnect" | "server namespace disconnect";
}
/**
* Why a client was not let into a namespace.
*
* - `middleware`: a middleware of the namespace refused it.
* - `middleware failed`: a middleware threw or rejected.
* - `invalid namespace`: there is none of that name.
* - `auth too large`: its `auth` has more bytes than `maxAuthBytes` allows.
*/
type ConnectRefusal = "middleware" | "middleware failed" | "invalid namespace" | "auth too large";
/** A client was not let into a namespace. */
interface SocketRefuse {
  readonly connectionId: string;
  /** As the client asks for it: its choice, also where no such namespace exists. */
  readonly namespace: string;
  readonly reason: ConnectRefusal;
  /** What the client is told. */
  readonly message: string;
}
/** A client got its former socket back, with what it had missed. */
interface SocketRecover {
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  /** Messages that it had missed, and is sent now; a packet has one and one for each attachment. */
  readonly messages: number;
}
/**
* Why a client that asked for its former socket did not get it: as `socket.recoveryFailure`.
*
* - `unknown session`: it was away for too long, too many others were, it had left on purpose, or nobody knows it.
* - `history lost`: packets that it may have missed are no longer kept.
* - `packets dropped`: packets were not sent to it because it was too slow, and others that followed were.
* - `backlog too large`: it has missed more bytes than one client may.
* - `invalid offset`: what it shows as the place of its last packet is none.
* - `storage failed`: the storage could not tell.
*/
type RecoverFailure = "unknown session" | "history lost" | "packets dropped" | "backlog too large" | "invalid offset" | "storage failed";
/** A client asked for its former socket, and did not get it. */
interface SocketRecoverFail {
  /** The new socket, which it has instead. */
  readonly socketId: string;
  readonly connectionId: string;
  readonly namespace: string;
  readonly reason: RecoverFailure;
}
/**
* Every channel, with the type of its messages. Names and fields are public: they change as exports do. Messages are plain
* data and hold nothing that a client or the application has sent but names; they may be kept, and are not to be changed.
*/
interface DiagnosticsMessages {
  "halyard:engine:open": EngineOpen;
  "halyard:engine:close": EngineClose;
  "halyard:engine:refuse": EngineRefuse;
  "halyard:engine:upgrade": EngineUpgrade;
  "halyard:engine:upgrade-fail": EngineUpgradeFail;
  "halyard:socket:connect": SocketConnect;
  "halyard:socket:disconnect": SocketDisconnect;
  "halyard:socket:refuse": SocketRefuse;
  "halyard:socket:recover": SocketRecover;
  "halyard:socket:recover-fail": SocketRecoverFail;
  "halyard:packet:receive": PacketReceive;
  "halyard:packet:send": PacketSend;
  "halyard:packet:drop": PacketDrop;
  "halyard:packet:ignore": PacketIgnore;
  "halyard:ack:ask": AckAsk;
  "halyard:ack:settle": AckSettle;
  "halyard:server:violation": ServerViolation;
  "halyard:server:error": ServerError;
  "halyard:server:drain-start": ServerDrainStart;
  "halyard:server:drain-end": ServerDrainEnd;
  "halyard:adapter:up": AdapterUp;
  "halyard:adapter:down": AdapterDown;
  "halyard:adapter:backlog": AdapterBacklog;
  "halyard:adapter:drop": AdapterDrop;
  "halyard:adapter:gap": AdapterGap;
  "halyard:adapter:join": AdapterJoin;
  "halyard:adapter:leave": AdapterLeave;
  "halyard:adapter:malformed": AdapterMalformed;
  "halyard:adapter:query": AdapterQuery;
}
/** The name of a channel. */
type ChannelName = keyof DiagnosticsMessages;
/** A channel of `node:diagnostics_channel`, as those see it who publish: with the type of its messages. */
interface DiagnosticsChannel<Message> {
  /** Looked at before a message is made: nothing is made of one that nobody wants. */
  readonly hasSubscribers: boolean;
  /** Hands a message to all subscribers, at once. What they throw is not thrown here. */
  publish(message: Message): void;
}
/** The names of all channels. */
declare const channelNames: readonly ChannelName[];
type Channel<Name extends ChannelName> = DiagnosticsChannel<DiagnosticsMessages[Name]>;
/** `halyard:engine:open` */
declare const engineOpen: Channel<"halyard:engine:open">;
/** `halyard:engine:close` */
declare const engineClose: Channel<"halyard:engine:close">;
/** `halyard:engine:refuse` */
declare const engineRefuse: Channel<"halyard:engine:refuse">;
/** `halyard:engine:upgrade` */
declare const engineUpgrade: Channel<"halyard:engine:upgrade">;
/** `halyard:engine:upgrade-fail` */
declare const engineUpgradeFail: Channel<"halyard:engine:upgrade-fail">;
/** `halyard:socket:connect` */
declare const socketConnect: Channel<"halyard:socket:connect">;
/** `halyard:socket:disconnect` */
declare const socketDisconnect: Channel<"halyard:socket:disconnect">;
/** `halyard:socket:refuse` */
declare const socketRefuse: Channel<"halyard:socket:refuse">;
/** `halyard:socket:recover` */
declare const socketRecover: Channel<"halyard:socket:recover">;
/** `halyard:socket:recover-fail` */
declare const socketRecoverFail: Channel<"halyard:socket:recover-fail">;
/** `halyard:packet:receive` */
declare const packetReceive: Channel<"halyard:packet:receive">;
/** `halyard:packet:send` */
declare const packetSend: Channel<"halyard:packet:send">;
/** `halyard:packet:drop` */
declare const packetDrop: Channel<"halyard:packet:drop">;
/** `halyard:packet:ignore` */
declare const packetIgnore: Channel<"halyard:packet:ignore">;
/** `halyard:ack:ask` */
declare const ackAsk: Channel<"halyard:ack:ask">;
/** `halyard:ack:settle` */
declare const ackSettle: Channel<"halyard:ack:settle">;
/** `halyard:server:violation` */
declare const serverViolation: Channel<"halyard:server:violation">;
/** `halyard:server:error` */
declare const serverError: Channel<"halyard:server:error">;
/** `halyard:server:drain-start` */
declare const serverDrainStart: Channel<"halyard:server:drain-start">;
/** `halyard:server:drain-end` */
declare const serverDrainEnd: Channel<"halyard:server:drain-end">;
/** `halyard:adapter:up` */
declare const adapterUp: Channel<"halyard:adapter:up">;
/** `halyard:adapter:down` */
declare const adapterDown: Channel<"halyard:adapter:down">;
/** `halyard:adapter:backlog` */
declare const adapterBacklog: Channel<"halyard:adapter:backlog">;
/** `halyard:adapter:drop` */
declare const adapterDrop: Channel<"halyard:adapter:drop">;
/** `halyard:adapter:gap` */
declare const adapterGap: Channel<"halyard:adapter:gap">;
/** `halyard:adapter:join` */
declare const adapterJoin: Channel<"halyard:adapter:join">;
/** `halyard:adapter:leave` */
declare const adapterLeave: Channel<"halyard:adapter:leave">;
/** `halyard:adapter:malformed` */
declare const adapterMalformed: Channel<"halyard:adapter:malformed">;
/** `halyard:adapter:query` */
declare const adapterQuery: Channel<"halyard:adapter:query">;
/** Takes the messages of a channel. */
type DiagnosticsListener<Name extends ChannelName> = (message: DiagnosticsMessages[Name], name: Name) => void;
/**
* Listens to a channel; returns what ends that. The listener is called in the middle of what it is told of: it has to be quick,
* and to leave sockets and servers alone until later. What it throws is a process warning with code `SUBSCRIBER_FAILED`, the
* first time; listeners that `node:diagnostics_channel` was given directly end the process.
*
* @example
* import { subscribe } from "@halyard/diagnostics";
*
* const unsubscribe = subscribe("halyard:engine:close", ({ reason, durationMs }) => {
*   console.log(`a connection ended after ${durationMs} ms: ${reason}`);
* });
*/
declare function subscribe<Name extends ChannelName>(name: Name, listener: DiagnosticsListener<Name>): () => void;
export { type AckAsk, type AckOutcome, type AckSettle, type AdapterBacklog, type AdapterDown, type AdapterDrop, type AdapterGap, type AdapterJoin, type AdapterLeave, type AdapterMalformed, type AdapterQuery, type AdapterUp, type ChannelName, type ConnectRefusal, type DiagnosticsChannel, type DiagnosticsListener, type DiagnosticsMessages, type DropReason, type EngineClose, type EngineOpen, type EngineRefuse, type EngineUpgrade, type EngineUpgradeFail, type IgnoreReason, type PacketDrop, type PacketIgnore, type PacketReceive, type PacketSend, type RecoverFailure, type ServerDrainEnd, type ServerDrainStart, type ServerError, type ServerViolation, type SocketConnect, type SocketDisconnect, type SocketRecover, type SocketRecoverFail, type SocketRefuse, type UpgradeFailure, type ViolationKind, ackAsk, ackSettle, adapterBacklog, adapterDown, adapterDrop, adapterGap, adapterJoin, adapterLeave, adapterMalformed, adapterQuery, adapterUp, channelNames, engineClose, engineOpen, engineRefuse, engineUpgrade, engineUpgradeFail, packetDrop, packetIgnore, packetReceive, packetSend, serverDrainEnd, serverDrainStart, serverError, serverViolation, socketConnect, socketDisconnect, socketRecover, socketRecoverFail, socketRefuse, subscribe };
//# sourceMappingURL=index.d.cts.map