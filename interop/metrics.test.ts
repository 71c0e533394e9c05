import { createServer } from "node:http";
import { createClusterAdapter, MemoryNetwork } from "@halyard/adapter";
import { observe } from "@halyard/metrics";
import { createPrometheusEndpoint } from "@halyard/metrics/prometheus";
import { Server, type ServerOptions, type Socket } from "@halyard/server";
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { collectDefaultMetrics, Registry } from "prom-client";
import type { Socket as ClientSocket } from "socket.io-client";
import { describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { connected, upgraded } from "./channels.ts";
import { clientEnds, type ClientEnd } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { parseExposition, valuesOf } from "./exposition.ts";
import { listening } from "./listening.ts";

/** A server with its metrics on the same port, until the end of the test. */
interface Watched {
  readonly io: Server;
  readonly port: number;
  /** What the page of metrics says now. */
  readonly fetchValues: () => Promise<Record<string, number>>;
  /** The same from OpenTelemetry, under the names of Prometheus. */
  readonly exported: () => Promise<Record<string, number>>;
  readonly registry: Registry;
}

async function watch(settings: Partial<ServerOptions> = {}): Promise<Watched> {
  const counting = {
    events: ["ask", "news"],
    nameNamespace: (name: string) => name.replace(/^\/room-.*/, "/room-*"),
  };
  const registry = new Registry();
  const { handler, stop } = createPrometheusEndpoint({ registry, ...counting });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 31 - 1 });
  const provider = new MeterProvider({ readers: [reader] });
  const stopObserving = observe({ meter: provider.getMeter("test"), ...counting });

  const http = createServer((request, response) => {
    if (request.url === "/metrics") handler(request, response);
    else response.writeHead(404).end();
  });
  const io = new Server(http, { onError: () => {}, ...settings });
  onTestFinished(async () => {
    await io.close();
    stop();
    stopObserving();
    await provider.shutdown();
  });
  const port = await listening(http);
  return {
    io,
    port,
    registry,
    fetchValues: async () => valuesOf(parseExposition(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())),
    async exported() {
      exporter.reset();
      await provider.forceFlush();
      return valuesOfExport(exporter);
    },
  };
}

function valuesOfExport(exporter: InMemoryMetricExporter): Record<string, number> {
  const values: Record<string, number> = {};
  const scopes = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
  for (const { descriptor, dataPointType, dataPoints, ...metric } of scopes.flatMap(({ metrics }) => metrics))
    for (const { attributes, value } of dataPoints) {
      const unit = { s: "_seconds", By: "_bytes" }[descriptor.unit] ?? "";
      const isCounter = dataPointType === DataPointType.SUM && "isMonotonic" in metric && metric.isMonotonic;
      const suffix = dataPointType === DataPointType.HISTOGRAM ? "_count" : isCounter ? "_total" : "";
      const labels = Object.entries(attributes)
        .map(([name, text]) => `${name.replaceAll(".", "_")}="${String(text)}"`)
        .toSorted();
      const name = `${descriptor.name.replaceAll(".", "_")}${unit}${suffix}`;
      const number = typeof value === "number" ? value : "count" in value ? value.count : NaN;
      values[labels.length === 0 ? name : `${name}{${labels.join(",")}}`] = number;
    }
  return values;
}

function dial(end: ClientEnd, port: number, options: object, namespace = "/"): ClientSocket {
  const client = end.io(`http://127.0.0.1:${port}${namespace}`, { forceNew: true, reconnectionDelay: 10, ...options });
  onTestFinished(() => void client.disconnect());
  return client;
}

describe.each(clientEnds)("of $name clients, a page of metrics", (end) => {
  test("has who is connected, over which transport, to which namespace", async () => {
    const { io, port, fetchValues, exported } = await watch();
    io.of(/^\/room-\d+$/);
    io.of("/secret").use((_, next) => next(new Error("no")));
    const [a, b, c] = [["websocket"], ["polling"], undefined].map((transports) =>
      dial(end, port, transports === undefined ? {} : { transports }),
    ) as [ClientSocket, ClientSocket, ClientSocket];
    await Promise.all([a, b, c].map(connected));
    await upgraded(c);
    const transports = (): string[] =>
      Object.values(io.engine.clients)
        .map(({ transport }) => transport.name)
        .toSorted();
    await eventually(() => transports().join() === "polling,websocket,websocket", "the server knows of the upgrade");
    const rooms = [1, 2].map((n) => a.io.socket(`/room-${n}`));
    await Promise.all(rooms.map(connected));
    for (const name of ["/secret", "/nowhere"]) {
      const refused = a.io.socket(name);
      await once(refused, "connect_error");
    }
    for (const query of ["EIO=4&transport=pigeon", "EIO=4&transport=polling&sid=nobody"])
      await fetch(`http://127.0.0.1:${port}/socket.io/?${query}`);
    expect(await fetchValues()).toMatchObject({
      'halyard_connections{halyard_transport="polling"}': 1,
      'halyard_connections{halyard_transport="websocket"}': 2,
      'halyard_connection_opened_total{halyard_protocol="4",halyard_transport="polling"}': 2,
      'halyard_connection_opened_total{halyard_protocol="4",halyard_transport="websocket"}': 1,
      'halyard_upgrade_duration_seconds_count{halyard_transport="websocket"}': 1,
      'halyard_connection_refused_total{error_type="UNKNOWN_TRANSPORT"}': 1,
      'halyard_connection_refused_total{error_type="UNKNOWN_SID",halyard_transport="polling"}': 1,
      'halyard_sockets{halyard_namespace="/"}': 3,
      'halyard_sockets{halyard_namespace="/room-*"}': 2,
      'halyard_socket_refused_total{error_type="middleware",halyard_namespace="/secret"}': 1,
      'halyard_socket_refused_total{error_type="invalid namespace",halyard_namespace="_OTHER"}': 1,
    });
    const gone = once(io.of("/").sockets.get(String(b.id))!, "disconnect");
    b.disconnect();
    await gone;
    await eventually(() => io.engine.clientsCount === 2, "its connection ends, too");
    const values = await fetchValues();
    expect(values).toMatchObject({
      'halyard_connections{halyard_transport="polling"}': 0,
      'halyard_connection_duration_seconds_count{halyard_transport="polling"}': 1,
      'halyard_sockets{halyard_namespace="/"}': 2,
      'halyard_socket_disconnected_total{halyard_namespace="/",halyard_reason="client namespace disconnect"}': 1,
    });
    expect(await exported()).toEqual(values);
  });

  test("has packets both ways, and how acknowledgements went", async () => {
    const { io, port, fetchValues, exported } = await watch();
    io.on("connection", (socket) => socket.on("ask", (x, _bytes, reply) => reply(x)));
    const clients = [["websocket"], ["polling"]].map((transports) => dial(end, port, { transports }));
    await Promise.all(clients.map(connected));
    for (const client of clients) {
      client.on("question", (reply) => reply("answer"));
      expect(await client.emitWithAck("ask", "héllo", Buffer.from([1, 2, 3]))).toBe("héllo");
    }
    expect(await io.timeout(60_000).emitWithAck("question")).toEqual(["answer", "answer"]);
    for (const socket of io.of("/").sockets.values()) expect(await socket.emitWithAck("question")).toBe("answer");
    const [socket] = io.of("/").sockets.values();
    await expect(socket!.timeout(1).emitWithAck("nobody listens")).rejects.toMatchObject({ code: "ACK_TIMEOUT" });
    const heard = clients.map((client) => once(client, "news"));
    io.emit("news", "äöü");
    await Promise.all(heard);
    const values = await fetchValues();
    const flow = (direction: string, type: string, event?: string): number | undefined =>
      values[
        `halyard_packets_total{${event === undefined ? "" : `halyard_event="${event}",`}halyard_namespace="/",halyard_packet_type="${type}",network_io_direction="${direction}"}`
      ];
    expect({
      asked: flow("receive", "event", "ask"),
      answered: flow("transmit", "ack"),
      news: flow("transmit", "event", "news"),
      questions: flow("transmit", "event", "_OTHER"),
      answers: flow("receive", "ack"),
      connects: [flow("receive", "connect"), flow("transmit", "connect")],
    }).toEqual({ asked: 2, answered: 2, news: 2, questions: 2 + 2 + 1, answers: 4, connects: [2, 2] });
    const io_ = (event: string): string =>
      `halyard_packet_io_bytes_total{halyard_event="${event}",halyard_namespace="/",network_io_direction=`;
    const news = Buffer.byteLength('2["news","äöü"]');
    expect(values[`${io_("news")}"transmit"}`]).toBe(2 * news);
    const asked = Buffer.byteLength('51-0["ask","héllo",{"_placeholder":true,"num":0}]') + 3;
    expect(values[`${io_("ask")}"receive"}`]).toBe(2 * asked);
    expect(values).toMatchObject({
      'halyard_ack_requested_total{halyard_event="_OTHER",halyard_namespace="/"}': 4,
      'halyard_ack_duration_seconds_count{halyard_event="_OTHER",halyard_namespace="/"}': 3,
      'halyard_ack_duration_seconds_count{error_type="timeout",halyard_event="_OTHER",halyard_namespace="/"}': 1,
    });
    expect(await exported()).toEqual(values);
  });

  test("has who came back, what failed, and nobody after a drain", async () => {
    const { io, port, registry, fetchValues, exported } = await watch({ connectionStateRecovery: {} });
    io.on("connection", (socket) =>
      socket.on("fail", () => {
        throw new Error("this listener fails");
      }),
    );
    const client = dial(end, port, { transports: ["websocket"] });
    await connected(client);
    const seen = once(client, "news");
    io.emit("news", 1); // from which a client knows how to ask for what it will miss
    await seen;
    const back = once(client, "connect");
    const missed = once(client, "missed");
    const [socket] = io.of("/").sockets.values() as Iterable<Socket>;
    const lost = once(socket!, "disconnect");
    client.io.engine.close();
    await lost;
    io.emit("missed");
    await Promise.all([back, missed]);
    expect(client.recovered).toBe(true);
    client.emit("fail");
    client.emit("news", 1);
    const rude = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`);
    rude.on("open", () => rude.send("4nonsense"));
    await once(rude, "close");
    await eventually(() => io.engine.clientsCount === 1, "the rude client is gone");
    await eventually(() => io.stats().failures === 1, "the listener has failed");
    expect(await fetchValues()).toMatchObject({
      'halyard_recoveries_total{halyard_namespace="/"}': 1,
      'halyard_recovery_replayed_total{halyard_namespace="/"}': 1,
      'halyard_sockets{halyard_namespace="/"}': 1,
      'halyard_connections{halyard_transport="websocket"}': 1,
      'halyard_application_errors_total{halyard_namespace="/"}': 1,
      'halyard_violations_total{error_type="parse"}': 1,
    });
    client.io.reconnection(false);
    await io.drain({ duration: 10 });
    const values = valuesOf(parseExposition(await registry.metrics()));
    expect(values).toMatchObject({
      'halyard_sockets{halyard_namespace="/"}': 0,
      'halyard_connections{halyard_transport="websocket"}': 0,
      halyard_draining: 0,
      halyard_drain_left_over_total: 0,
    });
    expect(await exported()).toEqual(values);
  });
});

test("of a cluster, a page has its nodes, whom they hear, and how long questions took", async () => {
  const registry = new Registry();
  onTestFinished(createPrometheusEndpoint({ registry }).stop);
  const network = new MemoryNetwork();
  const servers = [1, 2].map(() => new Server(0, { adapter: createClusterAdapter(network.join()) }));
  onTestFinished(async () => void (await Promise.all(servers.map((io) => io.close()))));
  const values = async (): Promise<Record<string, number>> => valuesOf(parseExposition(await registry.metrics()));
  while ((await values())["halyard_adapter_peers"] !== 2) await new Promise((resolve) => setImmediate(resolve));
  expect(await servers[0]!.fetchSockets()).toEqual([]);
  expect(await values()).toMatchObject({
    'halyard_adapter_nodes{halyard_adapter_state="up"}': 2,
    'halyard_adapter_nodes{halyard_adapter_state="down"}': 0,
    halyard_adapter_peer_joined_total: 2,
    'halyard_adapter_query_duration_seconds_count{halyard_query_kind="fetchSockets"}': 1,
  });
});

test("a page that begins later counts who is there already, and shares the registry of Node.js's own metrics", async () => {
  const http = createServer();
  const io = new Server(http);
  onTestFinished(() => io.close());
  const port = await listening(http);
  const clients = clientEnds.map((end) => dial(end, port, { transports: ["websocket"] }));
  await Promise.all(clients.map(connected));
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const { stop } = createPrometheusEndpoint({ registry, servers: [io] });
  onTestFinished(stop);
  const values = async (): Promise<Record<string, number>> => valuesOf(parseExposition(await registry.metrics()));
  expect(await values()).toMatchObject({
    'halyard_connections{halyard_transport="websocket"}': clients.length,
    'halyard_sockets{halyard_namespace="/"}': clients.length,
    nodejs_eventloop_lag_seconds: expect.any(Number),
  });
  for (const client of clients) client.disconnect();
  await eventually(() => io.engine.clientsCount === 0, "all have gone");
  expect(await values()).toMatchObject({
    'halyard_connections{halyard_transport="websocket"}': 0,
    'halyard_sockets{halyard_namespace="/"}': 0,
  });
});
