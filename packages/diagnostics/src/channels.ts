import { open, type NamedChannel } from "./channel.ts";

// Constants of this module, so that publishers reach each without a look-up, and Node.js does not collect what nobody listens to. All
// that it exports are channels.

/** `halyard:engine:open` */
export const engineOpen: NamedChannel<"halyard:engine:open"> = open("halyard:engine:open");
/** `halyard:engine:close` */
export const engineClose: NamedChannel<"halyard:engine:close"> = open("halyard:engine:close");
/** `halyard:engine:refuse` */
export const engineRefuse: NamedChannel<"halyard:engine:refuse"> = open("halyard:engine:refuse");
/** `halyard:engine:upgrade` */
export const engineUpgrade: NamedChannel<"halyard:engine:upgrade"> = open("halyard:engine:upgrade");
/** `halyard:engine:upgrade-fail` */
export const engineUpgradeFail: NamedChannel<"halyard:engine:upgrade-fail"> = open("halyard:engine:upgrade-fail");

/** `halyard:socket:connect` */
export const socketConnect: NamedChannel<"halyard:socket:connect"> = open("halyard:socket:connect");
/** `halyard:socket:disconnect` */
export const socketDisconnect: NamedChannel<"halyard:socket:disconnect"> = open("halyard:socket:disconnect");
/** `halyard:socket:refuse` */
export const socketRefuse: NamedChannel<"halyard:socket:refuse"> = open("halyard:socket:refuse");
/** `halyard:socket:recover` */
export const socketRecover: NamedChannel<"halyard:socket:recover"> = open("halyard:socket:recover");
/** `halyard:socket:recover-fail` */
export const socketRecoverFail: NamedChannel<"halyard:socket:recover-fail"> = open("halyard:socket:recover-fail");

/** `halyard:packet:receive` */
export const packetReceive: NamedChannel<"halyard:packet:receive"> = open("halyard:packet:receive");
/** `halyard:packet:send` */
export const packetSend: NamedChannel<"halyard:packet:send"> = open("halyard:packet:send");
/** `halyard:packet:drop` */
export const packetDrop: NamedChannel<"halyard:packet:drop"> = open("halyard:packet:drop");
/** `halyard:packet:ignore` */
export const packetIgnore: NamedChannel<"halyard:packet:ignore"> = open("halyard:packet:ignore");

/** `halyard:ack:ask` */
export const ackAsk: NamedChannel<"halyard:ack:ask"> = open("halyard:ack:ask");
/** `halyard:ack:settle` */
export const ackSettle: NamedChannel<"halyard:ack:settle"> = open("halyard:ack:settle");

/** `halyard:server:violation` */
export const serverViolation: NamedChannel<"halyard:server:violation"> = open("halyard:server:violation");
/** `halyard:server:error` */
export const serverError: NamedChannel<"halyard:server:error"> = open("halyard:server:error");
/** `halyard:server:drain-start` */
export const serverDrainStart: NamedChannel<"halyard:server:drain-start"> = open("halyard:server:drain-start");
/** `halyard:server:drain-end` */
export const serverDrainEnd: NamedChannel<"halyard:server:drain-end"> = open("halyard:server:drain-end");

/** `halyard:adapter:up` */
export const adapterUp: NamedChannel<"halyard:adapter:up"> = open("halyard:adapter:up");
/** `halyard:adapter:down` */
export const adapterDown: NamedChannel<"halyard:adapter:down"> = open("halyard:adapter:down");
/** `halyard:adapter:close` */
export const adapterClose: NamedChannel<"halyard:adapter:close"> = open("halyard:adapter:close");
/** `halyard:adapter:backlog` */
export const adapterBacklog: NamedChannel<"halyard:adapter:backlog"> = open("halyard:adapter:backlog");
/** `halyard:adapter:drop` */
export const adapterDrop: NamedChannel<"halyard:adapter:drop"> = open("halyard:adapter:drop");
/** `halyard:adapter:gap` */
export const adapterGap: NamedChannel<"halyard:adapter:gap"> = open("halyard:adapter:gap");
/** `halyard:adapter:join` */
export const adapterJoin: NamedChannel<"halyard:adapter:join"> = open("halyard:adapter:join");
/** `halyard:adapter:leave` */
export const adapterLeave: NamedChannel<"halyard:adapter:leave"> = open("halyard:adapter:leave");
/** `halyard:adapter:malformed` */
export const adapterMalformed: NamedChannel<"halyard:adapter:malformed"> = open("halyard:adapter:malformed");
/** `halyard:adapter:query` */
export const adapterQuery: NamedChannel<"halyard:adapter:query"> = open("halyard:adapter:query");
