export type { Bus, BusBacklog, BusHandler, BusMessage, BusStatus, BusTopic } from "./bus.ts";
export type { Clock, Timer } from "./clock.ts";
export type { EngineCodec } from "./engine/codec.ts";
export type { BodyReader, HeaderRecord, HttpExchange } from "./engine/http-exchange.ts";
export type { EngineControlPacket, EngineMessage, EngineMessagePacket, EnginePacket } from "./engine/packet.ts";
export type { EngineServer } from "./engine/server.ts";
export type {
  ClientEngineSocket,
  ClientEngineSocketHandler,
  EngineCloseReason,
  EngineHandshake,
  EngineMessagePreparer,
  EngineReadyState,
  EngineSocket,
  EngineSocketHandler,
  PreparedMessage,
  ServerEngineSocket,
} from "./engine/socket.ts";
export type { Transport, TransportCloseReason, TransportHandler, TransportName } from "./engine/transport.ts";
export type {
  NamespaceStorage,
  RecoveryLimits,
  RecoveryObserver,
  RecoveryStorage,
  RecoveryStorageFactory,
  RecoveryStorageHost,
} from "./recovery/recovery-storage.ts";
export type { LoggedPacket, PacketNotes, PacketOrigin, ReplayLog } from "./recovery/replay-log.ts";
export type {
  Awaitable,
  FormerStay,
  LogPlace,
  Membership,
  SavedSession,
  SessionStay,
  SessionStore,
  ShownPlace,
} from "./recovery/session-store.ts";
export type {
  Adapter,
  AdapterFactory,
  AdapterHost,
  ClusterCommand,
  ClusterQuery,
  ClusterReply,
  MissingNode,
  Selection,
  SocketDescription,
} from "./socket/adapter.ts";
export type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  Last,
  RemoveAcknowledgements,
  Untyped,
} from "./socket/events.ts";
export type { Decoder, DecoderLimits, EventData, Parser, SocketPacket } from "./socket/parser.ts";
