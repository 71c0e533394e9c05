// Every scenario: what the server is started with, what the clients do, and the figure that is compared.
import { measureBeside, measureChurn, measureLoad, measureMemory } from "./measure.mjs";

const ECHO = '42["echo","hello world"]';
const ACK = '421["ack","hello world"]';

export const scenarios = {
  "echo-1-1": echo(1, 1),
  "echo-50-1": echo(50, 1),
  "echo-50-32": echo(50, 32),
  "echo-1kb": echo(50, 1, `42["echo",${json(1_024)}]`),
  "echo-10kb": echo(50, 1, `42["echo",${json(10_240)}]`),
  "ack-50-1": echo(50, 1, ACK, onlySocketIo),
  "ack-50-32": echo(50, 32, ACK, onlySocketIo),
  "ask-50-1": load({ clients: 50, load: "answer", parameters: { window: 1 }, skip: onlySocketIo }),
  "ask-50-32": load({ clients: 50, load: "answer", parameters: { window: 32 }, skip: onlySocketIo }),
  "burst-1": load({ clients: 1, load: "burst", parameters: { size: 100 } }),
  "burst-50": load({ clients: 50, load: "burst", parameters: { size: 100 } }),
  "broadcast-1k": broadcast(1_000, "all"),
  "broadcast-10k": broadcast(10_000, "all"),
  "broadcast-volatile-1k": broadcast(1_000, "volatile"),
  "broadcast-binary-1k": broadcast(1_000, "binary"),
  "broadcast-loop-1k": broadcast(1_000, "loop"),
  "broadcast-except-1k": broadcast(1_000, "except", { rooms: 100, perRound: 990 }),
  "rooms-all": broadcast(10_000, "rooms", { rooms: 1_000 }),
  "rooms-one": broadcast(10_000, "oneRoom", { rooms: 1_000, perRound: 10, inFlight: 8 }),
  "chat-saturated-200": load({ clients: 200, load: "chat" }),
  "chat-open-50": openChat({ clients: 50, rate: 100 }),
  "chat-open-200": openChat({ clients: 200, rate: 100 }),
  "chat-rooms-1": openChat({ clients: 200, rate: 200, rooms: 20 }),
  "chat-rooms-10": openChat({ clients: 200, rate: 2_000, rooms: 20 }),
  "chat-rooms-50": openChat({ clients: 200, rate: 10_000, rooms: 20 }),
  "polling-echo": load({
    clients: 50,
    open: { polling: true },
    load: "pollingEcho",
    parameters: { message: ECHO },
    skip: onlySocketIo,
  }),
  "beside-flood": beside({ load: "flood" }),
  "beside-post": beside({
    open: { polling: true },
    load: "postFlood",
    parameters: { packet: '42["quiet",1]', bytes: 900_000 },
  }),
  "beside-nested": beside({
    open: { polling: true },
    load: "postFlood",
    parameters: { packet: `42["quiet",[${"[1],".repeat(200_000)}1]]`, bytes: 900_000 },
  }),
  "connect-websocket": churn({}),
  "connect-polling": churn({ polling: true }, onlySocketIo),
  "connect-upgrade": churn({ polling: true, upgrade: true }, onlySocketIo),
  "memory-5k": memory(5_000),
  "memory-19k": memory(19_000),
};

for (const name of ["echo-50-32", "burst-50", "broadcast-1k", "rooms-all", "memory-5k"])
  scenarios[`recovery-${name}`] = recovering(scenarios[name]);

/** The same with connection state recovery, which costs every message something. */
function recovering({ run, ...scenario }) {
  const withRecovery = ({ serverOptions, ...context }) =>
    run({ ...context, serverOptions: { connectionStateRecovery: {}, ...serverOptions } });
  return { ...scenario, skip: onlySocketIo, run: withRecovery };
}

function load({ clients, open = {}, load: name, parameters = {}, server = {}, skip }) {
  return {
    key: "cpu µs/msg",
    columns: ["msg/s", "cpu µs/msg", "server cpu %", "p50 ms", "p99 ms", "lost"],
    skip,
    run: (context) => measureLoad(context, { server, open: { count: clients, ...open }, load: name, parameters }),
  };
}

function echo(clients, window, message = ECHO, skip) {
  return load({ clients, load: "echo", parameters: { message, window }, skip });
}

function broadcast(clients, kind, { rooms, perRound = clients, inFlight = 2 } = {}) {
  const parameters = { perRound, inFlight, binary: kind === "binary" };
  return load({
    clients,
    load: "broadcast",
    parameters,
    server: { broadcast: kind, rooms },
    skip: kind === "all" ? undefined : onlySocketIo,
  });
}

function openChat({ clients, rate, rooms }) {
  return load({ clients, load: "openLoop", parameters: { rate, event: "say" }, server: { rooms }, skip: onlySocketIo });
}

/** What 50 clients feel, 1,000 events a second between them, while another one does its worst. */
function beside(attack) {
  return {
    key: "p99 ms",
    columns: ["quiet p99 ms", "p50 ms", "p99 ms", "events/s", "rss MB"],
    skip: (target) => target !== "halyard", // our limits, not those of others
    run: (context) => measureBeside(context, { attack, rate: 1_000 }),
  };
}

function churn(options, skip) {
  return {
    key: "cpu µs/conn",
    columns: ["conn/s", "cpu µs/conn", "p50 ms", "p99 ms", "failed"],
    skip,
    run: (context) => measureChurn(context, { concurrency: 32, ...options }),
  };
}

function memory(count) {
  return {
    key: "heap B/conn",
    columns: ["rss B/conn", "heap B/conn", "cpu µs/conn"],
    run: (context) => measureMemory(context, { count }),
  };
}

/** A target without Socket.IO cannot take part. */
function onlySocketIo(target) {
  return target === "ws";
}

function json(bytes) {
  const row = (_, index) => ({ id: index, name: `user${index}`, ok: true, value: index * 1.5, tag: "abcdef" });
  return JSON.stringify(Array.from({ length: Math.round(bytes / 58) }, row));
}
