import type { AckAsk, AckSettle } from "./ack.ts";
import type {
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
} from "./adapter.ts";
import type { EngineClose, EngineOpen, EngineRefuse, EngineUpgrade, EngineUpgradeFail } from "./engine.ts";
import type { PacketDrop, PacketIgnore, PacketReceive, PacketSend } from "./packet.ts";
import type { ServerDrainEnd, ServerDrainStart, ServerError, ServerViolation } from "./server.ts";
import type { SocketConnect, SocketDisconnect, SocketRecover, SocketRecoverFail, SocketRefuse } from "./socket.ts";

/**
 * Every channel, with the type of its messages. Names and fields are public: they change as exports do. Messages are plain
 * data and hold nothing that a client or the application has sent but names; they may be kept, and are not to be changed.
 */
export interface DiagnosticsMessages {
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
  "halyard:adapter:close": AdapterClose;
  "halyard:adapter:backlog": AdapterBacklog;
  "halyard:adapter:drop": AdapterDrop;
  "halyard:adapter:gap": AdapterGap;
  "halyard:adapter:join": AdapterJoin;
  "halyard:adapter:leave": AdapterLeave;
  "halyard:adapter:malformed": AdapterMalformed;
  "halyard:adapter:query": AdapterQuery;
}

/** The name of a channel. */
export type ChannelName = keyof DiagnosticsMessages;
