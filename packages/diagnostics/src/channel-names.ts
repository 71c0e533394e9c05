import type { DiagnosticsChannel } from "./channel.ts";
import {
  ackAsk,
  ackSettle,
  adapterBacklog,
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
import type { ChannelName, DiagnosticsMessages } from "./messages/messages.ts";

/** Every channel, of which none can be forgotten: the compiler compares them with the types of their messages. */
const CHANNELS: { readonly [Name in ChannelName]: DiagnosticsChannel<DiagnosticsMessages[Name]> } = {
  "halyard:engine:open": engineOpen,
  "halyard:engine:close": engineClose,
  "halyard:engine:refuse": engineRefuse,
  "halyard:engine:upgrade": engineUpgrade,
  "halyard:engine:upgrade-fail": engineUpgradeFail,
  "halyard:socket:connect": socketConnect,
  "halyard:socket:disconnect": socketDisconnect,
  "halyard:socket:refuse": socketRefuse,
  "halyard:socket:recover": socketRecover,
  "halyard:socket:recover-fail": socketRecoverFail,
  "halyard:packet:receive": packetReceive,
  "halyard:packet:send": packetSend,
  "halyard:packet:drop": packetDrop,
  "halyard:packet:ignore": packetIgnore,
  "halyard:ack:ask": ackAsk,
  "halyard:ack:settle": ackSettle,
  "halyard:server:violation": serverViolation,
  "halyard:server:error": serverError,
  "halyard:server:drain-start": serverDrainStart,
  "halyard:server:drain-end": serverDrainEnd,
  "halyard:adapter:up": adapterUp,
  "halyard:adapter:down": adapterDown,
  "halyard:adapter:backlog": adapterBacklog,
  "halyard:adapter:drop": adapterDrop,
  "halyard:adapter:gap": adapterGap,
  "halyard:adapter:join": adapterJoin,
  "halyard:adapter:leave": adapterLeave,
  "halyard:adapter:malformed": adapterMalformed,
  "halyard:adapter:query": adapterQuery,
};

/** The names of all channels. */
export const channelNames: readonly ChannelName[] = Object.keys(CHANNELS).filter(isChannelName);

function isChannelName(name: string): name is ChannelName {
  return Object.hasOwn(CHANNELS, name);
}
