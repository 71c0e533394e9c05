import { logIfAsked } from "./log-if-asked.ts";

export type { DiagnosticsChannel } from "./channel.ts";
export { channelNames } from "./channel-names.ts";
export {
  ackAsk,
  ackSettle,
  adapterBacklog,
  adapterClose,
  adapterDown,
  adapterDrop,
  adapterGap,
  adapterJoin,
  adapterLeave,
  adapterMalformed,
  adapterQuery,
  adapterUp,
  engineClose,
  engineOpen,
  engineRefuse,
  engineUpgrade,
  engineUpgradeFail,
  packetDrop,
  packetIgnore,
  packetReceive,
  packetSend,
  serverDrainEnd,
  serverDrainStart,
  serverError,
  serverViolation,
  socketConnect,
  socketDisconnect,
  socketRecover,
  socketRecoverFail,
  socketRefuse,
} from "./channels.ts";
export type { AckAsk, AckOutcome, AckSettle } from "./messages/ack.ts";
export type {
  AdapterBacklog,
  AdapterClose,
  AdapterDown,
  AdapterDrop,
  AdapterGap,
  AdapterJoin,
  AdapterLeave,
  AdapterMalformed,
  AdapterQuery,
  AdapterUp,
} from "./messages/adapter.ts";
export type {
  EngineClose,
  EngineOpen,
  EngineRefuse,
  EngineUpgrade,
  EngineUpgradeFail,
  UpgradeFailure,
} from "./messages/engine.ts";
export type { ChannelName, DiagnosticsMessages } from "./messages/messages.ts";
export type {
  DropReason,
  IgnoreReason,
  PacketDrop,
  PacketIgnore,
  PacketReceive,
  PacketSend,
} from "./messages/packet.ts";
export type {
  ServerDrainEnd,
  ServerDrainStart,
  ServerError,
  ServerViolation,
  ViolationKind,
} from "./messages/server.ts";
export type {
  ConnectRefusal,
  RecoverFailure,
  SocketConnect,
  SocketDisconnect,
  SocketRecover,
  SocketRecoverFail,
  SocketRefuse,
} from "./messages/socket.ts";
export { subscribe, type DiagnosticsListener } from "./subscribe.ts";

logIfAsked();
