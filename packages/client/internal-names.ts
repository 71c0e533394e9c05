/**
 * Properties that our packages use among themselves and no application, server or platform ever sees: bundles for pages
 * give them short names. Everything else keeps its name. A name belongs here only if it means nothing else anywhere, not
 * in options, packets, public objects or the web platform; what `internal-names.test.ts` knows of those, it checks.
 */
export const INTERNAL_NAMES: readonly string[] = [
  // core
  "listener",
  // engine
  "candidate",
  "hasPingExpired",
  "onClose",
  "onDrain",
  "onFailure",
  "onHandshake",
  "onMessage",
  "onOpen",
  "onPacket",
  "onPing",
  "onReply",
  "onSent",
  "onWritable",
  "sessionId",
  "startUpgrade",
  "timestamped",
  "transmit",
  "untried",
  // parser
  "bytesLeft",
  "holder",
  "slots",
  // client
  "afterwards",
  "createEngine",
  "dispatch",
  "failAll",
  "fire",
  "hub",
  "isReady",
  "modifiers",
  "reconnecting",
  "resolveParser",
  "resolved",
  "settings",
  "settle",
  "tellIncoming",
  "tellOutgoing",
  "timeoutMs",
  "tries",
  "withError",
];
