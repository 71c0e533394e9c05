import { channel } from "node:diagnostics_channel";
import { metrics } from "@opentelemetry/api";
import { channelNames } from "@halyard/diagnostics";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { observe, type ObserveOptions } from "./index.ts";
import { messages, publish } from "./messages.fixture.ts";
import { createCollection, type Collection } from "./open-telemetry.fixture.ts";

let collection: Collection;
let meter: ReturnType<Collection["provider"]["getMeter"]>;

beforeEach(() => {
  collection = createCollection();
  meter = collection.provider.getMeter("test");
  return () => collection.provider.shutdown();
});

function start(options: ObserveOptions = {}): () => void {
  const stop = observe({ meter, ...options });
  onTestFinished(stop);
  return stop;
}

test.each(channelNames)("%s is counted", async (name) => {
  start();
  if (name === "halyard:adapter:close") publish("halyard:adapter:up");
  const before = await collection.read();
  publish(name);
  expect(await collection.read()).not.toEqual(before);
});

test("connections are counted by transport, and where they are now", async () => {
  start();
  for (const connectionId of ["c1", "c2", "c3"]) publish("halyard:engine:open", { connectionId });
  publish("halyard:engine:open", { connectionId: "c4", transport: "websocket", protocol: 3 });
  publish("halyard:engine:upgrade", { connectionId: "c1" });
  publish("halyard:engine:upgrade-fail", { connectionId: "c2" });
  publish("halyard:engine:close", { connectionId: "c1" });
  publish("halyard:engine:close", { connectionId: "c2", transport: "polling", code: "BODY_TOO_LARGE" });
  publish("halyard:engine:refuse");
  publish("halyard:engine:refuse", { detail: "ORIGIN_NOT_ALLOWED" });
  expect(await collection.read()).toMatchObject({
    "halyard.connections{halyard.transport=polling}": 1,
    "halyard.connections{halyard.transport=websocket}": 1,
    "halyard.connection.opened{halyard.transport=polling,halyard.protocol=4}": 3,
    "halyard.connection.opened{halyard.transport=websocket,halyard.protocol=3}": 1,
    "halyard.connection.closed{halyard.transport=websocket,halyard.reason=transport close}": 1,
    "halyard.connection.closed{halyard.transport=polling,halyard.reason=transport close,error.type=BODY_TOO_LARGE}": 1,
    "halyard.connection.duration{halyard.transport=websocket}": [1, 2.5],
    "halyard.connection.refused{error.type=FORBIDDEN,halyard.transport=polling}": 1,
    "halyard.connection.refused{error.type=ORIGIN_NOT_ALLOWED,halyard.transport=polling}": 1,
    "halyard.upgrade.duration{halyard.transport=websocket}": [1, 0.02],
    "halyard.upgrade.duration{halyard.transport=websocket,error.type=timeout}": [1, 10],
  });
});

describe("when there are connections and sockets already,", () => {
  const server = {
    engine: { clients: { c1: { transport: { name: "polling" } }, c2: { transport: { name: "websocket" } } } },
    _nsps: new Map([["/room", { sockets: new Map([["s1", {}]]) }]]),
  };

  test("those of the servers given count", async () => {
    start({ servers: [server, { engine: undefined, _nsps: new Map() }] });
    expect(await collection.read()).toMatchObject({
      "halyard.connections{halyard.transport=polling}": 1,
      "halyard.connections{halyard.transport=websocket}": 1,
      "halyard.sockets{halyard.namespace=/room}": 1,
    });
    publish("halyard:engine:upgrade");
    publish("halyard:engine:close", { connectionId: "c2" });
    publish("halyard:socket:disconnect", { namespace: "/room" });
    expect(await collection.read()).toMatchObject({
      "halyard.connections{halyard.transport=polling}": 0,
      "halyard.connections{halyard.transport=websocket}": 1,
      "halyard.sockets{halyard.namespace=/room}": 0,
    });
  });

  test("the ends of others make nothing negative", async () => {
    start();
    publish("halyard:engine:upgrade");
    publish("halyard:engine:close");
    publish("halyard:socket:disconnect");
    publish("halyard:adapter:leave");
    publish("halyard:server:drain-end");
    const negative = Object.entries(await collection.read()).filter(([, value]) => Number(value) < 0);
    expect(negative).toEqual([]);
  });
});

test("sockets and recoveries are counted by namespace", async () => {
  start();
  publish("halyard:socket:connect");
  publish("halyard:socket:connect", { socketId: "s2", namespace: "/room" });
  publish("halyard:socket:connect", { socketId: "s3", namespace: "/room", recovered: true });
  publish("halyard:socket:recover", { socketId: "s3", namespace: "/room" });
  publish("halyard:socket:recover-fail");
  publish("halyard:socket:disconnect");
  publish("halyard:socket:refuse");
  expect(await collection.read()).toMatchObject({
    "halyard.sockets{halyard.namespace=/}": 0,
    "halyard.sockets{halyard.namespace=/room}": 2,
    "halyard.socket.connected{halyard.namespace=/room}": 2,
    "halyard.socket.disconnected{halyard.namespace=/,halyard.reason=ping timeout}": 1,
    "halyard.socket.refused{halyard.namespace=/,error.type=middleware}": 1,
    "halyard.recoveries{halyard.namespace=/room}": 1,
    "halyard.recoveries{halyard.namespace=/,error.type=history lost}": 1,
    "halyard.recovery.replayed{halyard.namespace=/room}": 3,
  });
});

test("packets are counted both ways, for each recipient", async () => {
  start();
  publish("halyard:packet:receive");
  publish("halyard:packet:receive", { type: "ack", bytes: 5 });
  publish("halyard:packet:send");
  publish("halyard:packet:drop");
  publish("halyard:packet:ignore");
  expect(await collection.read()).toMatchObject({
    "halyard.packets{network.io.direction=receive,halyard.namespace=/,halyard.packet.type=event}": 1,
    "halyard.packets{network.io.direction=receive,halyard.namespace=/,halyard.packet.type=ack}": 1,
    "halyard.packet.io{network.io.direction=receive,halyard.namespace=/}": 15,
    "halyard.packets{network.io.direction=transmit,halyard.namespace=/,halyard.packet.type=event}": 3,
    "halyard.packet.io{network.io.direction=transmit,halyard.namespace=/}": 30,
    "halyard.packet.dropped{halyard.reason=volatile}": 1,
    "halyard.packet.ignored{halyard.namespace=/,halyard.reason=unknown ack}": 1,
  });
});

test("acknowledgements are counted by how they ended", async () => {
  start();
  for (const outcome of ["answered", "answered", "timeout", "disconnected"] as const) {
    publish("halyard:ack:ask");
    publish("halyard:ack:settle", { outcome });
  }
  publish("halyard:ack:ask");
  expect(await collection.read()).toMatchObject({
    "halyard.ack.requested{halyard.namespace=/}": 5,
    "halyard.ack.duration{halyard.namespace=/}": [2, 0.06],
    "halyard.ack.duration{halyard.namespace=/,error.type=timeout}": [1, 0.03],
    "halyard.ack.duration{halyard.namespace=/,error.type=disconnected}": [1, 0.03],
  });
});

test("failures, drains and what happens between servers are counted", async () => {
  start();
  publish("halyard:server:violation");
  publish("halyard:server:error");
  publish("halyard:server:error", { namespace: undefined });
  publish("halyard:server:drain-start");
  publish("halyard:adapter:up");
  publish("halyard:adapter:up", { nodeId: "n3" });
  publish("halyard:adapter:down");
  for (const peerId of ["n2", "n3"]) publish("halyard:adapter:join", { peerId });
  publish("halyard:adapter:leave");
  publish("halyard:adapter:backlog");
  publish("halyard:adapter:backlog", { nodeId: "n3", messages: 1, bytes: 10 });
  publish("halyard:adapter:drop");
  publish("halyard:adapter:query");
  publish("halyard:adapter:query", { missing: [] });
  expect(await collection.read()).toMatchObject({
    "halyard.violations{error.type=parse}": 1,
    "halyard.application.errors": 1,
    "halyard.application.errors{halyard.namespace=/}": 1,
    "halyard.draining": 1,
    "halyard.adapter.nodes{halyard.adapter.state=up}": 1,
    "halyard.adapter.nodes{halyard.adapter.state=down}": 1,
    "halyard.adapter.outages": 1,
    "halyard.adapter.peers": 1,
    "halyard.adapter.backlog.messages": 5,
    "halyard.adapter.backlog.size": 410,
    "halyard.adapter.dropped": 7,
    "halyard.adapter.query.duration{halyard.query.kind=count}": [1, 0.04],
    "halyard.adapter.query.duration{halyard.query.kind=count,error.type=incomplete}": [1, 0.04],
    "halyard.adapter.query.missing{halyard.query.kind=count,halyard.reason=silent}": 1,
  });
  publish("halyard:adapter:backlog", { messages: 0, bytes: 0 });
  publish("halyard:server:drain-end");
  expect(await collection.read()).toMatchObject({
    "halyard.draining": 0,
    "halyard.drain.left_over": 2,
    "halyard.adapter.backlog.messages": 1,
    "halyard.adapter.backlog.size": 10,
  });
});

test("what a node that is closed had is not there any more", async () => {
  start();
  for (const nodeId of ["n1", "n2"]) {
    publish("halyard:adapter:up", { nodeId });
    for (const peerId of ["p1", "p2"]) publish("halyard:adapter:join", { nodeId, peerId });
    publish("halyard:adapter:backlog", { nodeId });
  }
  publish("halyard:adapter:down", { nodeId: "n1" });
  for (let n = 0; n < 2; n++) publish("halyard:adapter:close", { nodeId: "n1" });
  expect(await collection.read()).toMatchObject({
    "halyard.adapter.nodes{halyard.adapter.state=up}": 1,
    "halyard.adapter.nodes{halyard.adapter.state=down}": 0,
    "halyard.adapter.peers": 2,
    "halyard.adapter.peer.left": 0,
    "halyard.adapter.backlog.messages": 4,
    "halyard.adapter.backlog.size": 400,
  });
});

describe("of what clients name,", () => {
  /** The values of an attribute, over all metrics. */
  async function valuesOf(attribute: string): Promise<string[]> {
    const points = (await collection.collect()).flatMap(({ dataPoints }) =>
      dataPoints.map((point) => point.attributes),
    );
    return [...new Set(points.map((attributes) => attributes[attribute]).filter((value) => value !== undefined))]
      .map(String)
      .toSorted();
  }

  test("namespaces that there are not are no attribute", async () => {
    start();
    publish("halyard:packet:receive", { type: "connect", namespace: "/made-up" });
    publish("halyard:packet:send", { type: "connect_error", namespace: "/made-up" });
    publish("halyard:packet:ignore", { namespace: "/made-up" });
    publish("halyard:socket:refuse", { namespace: "/made-up", reason: "invalid namespace" });
    publish("halyard:packet:send", { namespace: "/there" });
    expect(await valuesOf("halyard.namespace")).toEqual(["/there", "_OTHER"]);
  });

  test("so many namespaces are told apart as the option says", async () => {
    start({ maxNamespaces: 3 });
    for (let n = 0; n < 100; n++) {
      publish("halyard:socket:connect", { socketId: `s${n}`, namespace: `/room-${n}` });
      publish("halyard:packet:receive", { namespace: `/room-${n}` });
    }
    expect(await valuesOf("halyard.namespace")).toEqual(["/room-0", "/room-1", "_OTHER"]);
    expect(await collection.read()).toMatchObject({
      "halyard.sockets{halyard.namespace=/room-0}": 1,
      "halyard.sockets{halyard.namespace=_OTHER}": 98,
    });
    publish("halyard:socket:disconnect", { socketId: "s5", namespace: "/room-5" });
    expect(await collection.read()).toMatchObject({ "halyard.sockets{halyard.namespace=_OTHER}": 97 });
  });

  test("namespaces made by a pattern can have one name", async () => {
    start({ nameNamespace: (name) => (name.startsWith("/room-") ? "/room-*" : name), maxNamespaces: 3 });
    for (let n = 0; n < 100; n++) publish("halyard:socket:connect", { socketId: `s${n}`, namespace: `/room-${n}` });
    expect(await collection.read()).toMatchObject({ "halyard.sockets{halyard.namespace=/room-*}": 100 });
  });

  test("events are no attribute, unless they are on a list", async () => {
    const stop = start();
    publish("halyard:packet:receive");
    expect(await valuesOf("halyard.event")).toEqual([]);
    stop();
    start({ events: ["chat"] });
    for (const event of ["chat", "chat", "made up", undefined]) publish("halyard:packet:receive", { event });
    publish("halyard:ack:settle", { event: "other" });
    expect(await valuesOf("halyard.event")).toEqual(["_OTHER", "chat"]);
  });

  test("codes of errors are told apart up to a limit", async () => {
    start();
    for (let n = 0; n < 100; n++) {
      publish("halyard:engine:close", { code: `CODE_${n}` });
      publish("halyard:engine:refuse", { code: 1000 + n });
    }
    expect((await valuesOf("error.type")).length).toBe(51);
  });
});

describe("observing", () => {
  const subscribed = (): string[] => channelNames.filter((name) => channel(name).hasSubscribers);

  test("subscribes to every channel, and to none once it is over, however often that is said", () => {
    const stop = start();
    expect(subscribed()).toEqual(channelNames);
    stop();
    stop();
    expect(subscribed()).toEqual([]);
  });

  test("leaves out the channels of what is not wanted", () => {
    start({ packets: false, acks: false });
    expect(channelNames.filter((name) => !subscribed().includes(name)).toSorted()).toEqual([
      "halyard:ack:ask",
      "halyard:ack:settle",
      "halyard:packet:receive",
      "halyard:packet:send",
    ]);
  });

  test("takes a meter once at a time, and begins from zero the next time", async () => {
    const stop = start();
    publish("halyard:adapter:gap");
    expect(() => observe({ meter })).toThrow(expect.objectContaining({ code: "ALREADY_OBSERVED" }));
    expect(await collection.read()).toMatchObject({ "halyard.adapter.gaps": 1 });
    stop();
    const stopAgain = start();
    stop(); // says nothing of the second
    expect(await collection.read()).toMatchObject({ "halyard.adapter.gaps": 0 });
    expect(() => observe({ meter })).toThrow(expect.objectContaining({ code: "ALREADY_OBSERVED" }));
    publish("halyard:adapter:gap");
    expect(await collection.read()).toMatchObject({ "halyard.adapter.gaps": 1 });
    stopAgain();
  });

  test("does nothing without an SDK", () => {
    onTestFinished(observe());
    expect(subscribed()).toEqual([]);
  });

  test("takes the global meter", async () => {
    metrics.setGlobalMeterProvider(collection.provider);
    onTestFinished(() => metrics.disable());
    onTestFinished(observe());
    publish("halyard:adapter:gap");
    expect(await collection.read()).toMatchObject({ "halyard.adapter.gaps": 1 });
  });

  test.each([{ maxNamespaces: 0 }, { maxNamespaces: 1.5 }, { nameNamespace: "/room-*" as unknown as () => string }])(
    "refuses %o",
    (options) => {
      expect(() => observe({ meter, ...options })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
      expect(subscribed()).toEqual([]);
    },
  );

  test("that fails leaves the meter free", async () => {
    const broken = (): string => {
      throw new Error("broken");
    };
    expect(() => observe({ meter, nameNamespace: broken })).toThrow("broken");
    expect(subscribed()).toEqual([]);
    start();
    publish("halyard:adapter:gap");
    expect(await collection.read()).toMatchObject({ "halyard.adapter.gaps": 1 });
  });

  test("adds up in one number per series: the same attributes, whatever the order of messages", async () => {
    start();
    for (const name of channelNames) for (let n = 0; n < 3; n++) publish(name, messages[name]);
    const names = Object.keys(await collection.read());
    expect(new Set(names).size).toBe(names.length);
  });
});

test("names, units and buckets are as OpenTelemetry has them", async () => {
  start();
  for (const name of channelNames) publish(name);
  for (const { descriptor, dataPoints } of await collection.collect()) {
    expect(descriptor.name).toMatch(/^halyard(\.[a-z]+(_[a-z]+)*)+$/);
    expect(descriptor.unit).toMatch(/^(s|By|\{[a-z]+\})$/);
    expect(descriptor.description).toMatch(/^[A-Z].*\.$/);
    expect(dataPoints.length).toBeGreaterThan(0);
  }
});
