import { subscribe, type ChannelName } from "@halyard/diagnostics";
import { expect, onTestFinished, test } from "vitest";
import { Bench } from "./fake-client.fixture.ts";

/** What is told on some channels, in order. */
function listen(...names: readonly ChannelName[]): unknown[] {
  const told: unknown[] = [];
  for (const name of names) onTestFinished(subscribe(name, (message) => void told.push([name, message])));
  return told;
}

test("an acknowledgement is not asked for with what cannot be sent", async () => {
  const told = listen("halyard:ack:ask", "halyard:ack:settle");
  const bench = new Bench();
  bench.join();
  const [socket] = bench.io.sockets.sockets.values();
  const circle: unknown[] = [];
  circle.push(circle);
  expect(() => socket?.emit("question", circle, () => {})).toThrow(expect.objectContaining({ code: "SOCKET_ENCODE" }));
  await expect(socket?.emitWithAck("question", circle)).rejects.toMatchObject({ code: "SOCKET_ENCODE" });
  expect(told).toEqual([]);
  socket?.emit("question", "what", () => {});
  expect(told).toMatchObject([["halyard:ack:ask", { event: "question", clients: 1 }]]);
});
