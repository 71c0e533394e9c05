import { channel } from "node:diagnostics_channel";
import type { ChannelName, DiagnosticsMessages } from "@halyard/diagnostics";

const socket = { socketId: "s1", connectionId: "c1", namespace: "/" };

/** One message for each channel: the compiler sees if one is missing. */
export const messages: DiagnosticsMessages = {
  "halyard:engine:open": { connectionId: "c1", transport: "polling", protocol: 4, address: "::1" },
  "halyard:engine:close": { connectionId: "c1", transport: "websocket", reason: "transport close", durationMs: 2500 },
  "halyard:engine:refuse": { code: 4, message: "Forbidden", transport: "polling", address: "::1" },
  "halyard:engine:upgrade": { connectionId: "c1", from: "polling", to: "websocket", durationMs: 20 },
  "halyard:engine:upgrade-fail": {
    connectionId: "c1",
    from: "polling",
    to: "websocket",
    reason: "timeout",
    durationMs: 10_000,
  },
  "halyard:socket:connect": { ...socket, recovered: false },
  "halyard:socket:disconnect": { ...socket, reason: "ping timeout" },
  "halyard:socket:refuse": { connectionId: "c1", namespace: "/", reason: "middleware", message: "no" },
  "halyard:socket:recover": { ...socket, messages: 3 },
  "halyard:socket:recover-fail": { ...socket, reason: "history lost" },
  "halyard:packet:receive": { connectionId: "c1", namespace: "/", type: "event", event: "chat", bytes: 10 },
  "halyard:packet:send": { namespace: "/", type: "event", event: "chat", bytes: 10, recipients: 3 },
  "halyard:packet:drop": { connectionId: "c1", reason: "volatile", bufferedBytes: 1 },
  "halyard:packet:ignore": { connectionId: "c1", namespace: "/", reason: "unknown ack" },
  "halyard:ack:ask": { namespace: "/", event: "chat", socketId: "s1", clients: 1 },
  "halyard:ack:settle": {
    namespace: "/",
    event: "chat",
    socketId: "s1",
    clients: 1,
    answers: 1,
    outcome: "answered",
    durationMs: 30,
  },
  "halyard:server:violation": { connectionId: "c1", kind: "parse", code: "SOCKET_PARSE", message: "not a packet" },
  "halyard:server:error": { error: new Error("oops"), namespace: "/" },
  "halyard:server:drain-start": { connections: 5, durationMs: 1000 },
  "halyard:server:drain-end": { connections: 2, durationMs: 1000 },
  "halyard:adapter:up": { nodeId: "n1" },
  "halyard:adapter:down": { nodeId: "n1" },
  "halyard:adapter:close": { nodeId: "n1" },
  "halyard:adapter:backlog": { nodeId: "n1", messages: 4, bytes: 400 },
  "halyard:adapter:drop": { nodeId: "n1", messages: 7, bytes: 700 },
  "halyard:adapter:gap": { nodeId: "n1" },
  "halyard:adapter:join": { nodeId: "n1", peerId: "n2" },
  "halyard:adapter:leave": { nodeId: "n1", peerId: "n2" },
  "halyard:adapter:malformed": { nodeId: "n1" },
  "halyard:adapter:query": {
    namespace: "/",
    kind: "count",
    replies: 1,
    missing: [{ node: "n2", reason: "silent" }],
    durationMs: 40,
  },
};

/** Publishes a message as a server would: the one above, with changes. */
export function publish<Name extends ChannelName>(name: Name, changes: Partial<DiagnosticsMessages[Name]> = {}): void {
  channel(name).publish({ ...messages[name], ...changes });
}
