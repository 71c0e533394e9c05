import { open, type DiagnosticsChannel } from "./channel.ts";
import type { ChannelName, DiagnosticsMessages } from "./messages/messages.ts";

type Channel<Name extends ChannelName> = DiagnosticsChannel<DiagnosticsMessages[Name]>;

// Constants of this module, so that publishers reach each without a look-up, and Node.js does not collect what nobody listens to.

/** `halyard:engine:open` */
export const engineOpen: Channel<"halyard:engine:open"> = open("halyard:engine:open");
/** `halyard:engine:close` */
export const engineClose: Channel<"halyard:engine:close"> = open("halyard:engine:close");
/** `halyard:engine:refuse` */
export const engineRefuse: Channel<"halyard:engine:refuse"> = open("halyard:engine:refuse");
/** `halyard:engine:upgrade` */
export const engineUpgrade: Channel<"halyard:engine:upgrade"> = open("halyard:engine:upgrade");
/** `halyard:engine:upgrade-fail` */
export const engineUpgradeFail: Channel<"halyard:engine:upgrade-fail"> = open("halyard:engine:upgrade-fail");

/** `halyard:socket:connect` */
export const socketConnect: Channel<"halyard:socket:connect"> = open("halyard:socket:connect");
/** `halyard:socket:disconnect` */
export const socketDisconnect: Channel<"halyard:socket:disconnect"> = open("halyard:socket:disconnect");
/** `halyard:socket:refuse` */
export const socketRefuse: Channel<"halyard:socket:refuse"> = open("halyard:socket:refuse");
/** `halyard:socket:recover` */
export const socketRecover: Channel<"halyard:socket:recover"> = open("halyard:socket:recover");
/** `halyard:socket:recover-fail` */
export const socketRecoverFail: Channel<"halyard:socket:recover-fail"> = open("halyard:socket:recover-fail");

/** `halyard:packet:receive` */
export const packetReceive: Channel<"halyard:packet:receive"> = open("halyard:packet:receive");
/** `halyard:packet:send` */
export const packetSend: Channel<"halyard:packet:send"> = open("halyard:packet:send");
/** `halyard:packet:drop` */
export const packetDrop: Channel<"halyard:packet:drop"> = open("halyard:packet:drop");
/** `halyard:packet:ignore` */
export const packetIgnore: Channel<"halyard:packet:ignore"> = open("halyard:packet:ignore");

/** `halyard:ack:ask` */
export const ackAsk: Channel<"halyard:ack:ask"> = open("halyard:ack:ask");
/** `halyard:ack:settle` */
export const ackSettle: Channel<"halyard:ack:settle"> = open("halyard:ack:settle");

/** `halyard:server:violation` */
export const serverViolation: Channel<"halyard:server:violation"> = open("halyard:server:violation");
/** `halyard:server:error` */
export const serverError: Channel<"halyard:server:error"> = open("halyard:server:error");
/** `halyard:server:drain-start` */
export const serverDrainStart: Channel<"halyard:server:drain-start"> = open("halyard:server:drain-start");
/** `halyard:server:drain-end` */
export const serverDrainEnd: Channel<"halyard:server:drain-end"> = open("halyard:server:drain-end");

/** `halyard:adapter:up` */
export const adapterUp: Channel<"halyard:adapter:up"> = open("halyard:adapter:up");
/** `halyard:adapter:down` */
export const adapterDown: Channel<"halyard:adapter:down"> = open("halyard:adapter:down");
/** `halyard:adapter:backlog` */
export const adapterBacklog: Channel<"halyard:adapter:backlog"> = open("halyard:adapter:backlog");
/** `halyard:adapter:drop` */
export const adapterDrop: Channel<"halyard:adapter:drop"> = open("halyard:adapter:drop");
/** `halyard:adapter:gap` */
export const adapterGap: Channel<"halyard:adapter:gap"> = open("halyard:adapter:gap");
/** `halyard:adapter:join` */
export const adapterJoin: Channel<"halyard:adapter:join"> = open("halyard:adapter:join");
/** `halyard:adapter:leave` */
export const adapterLeave: Channel<"halyard:adapter:leave"> = open("halyard:adapter:leave");
/** `halyard:adapter:malformed` */
export const adapterMalformed: Channel<"halyard:adapter:malformed"> = open("halyard:adapter:malformed");
/** `halyard:adapter:query` */
export const adapterQuery: Channel<"halyard:adapter:query"> = open("halyard:adapter:query");
