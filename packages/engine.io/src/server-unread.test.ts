import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { request, start } from "./server.fixture.ts";

test("a poll's answer that is not read counts as buffered, holds the next one back, and ends session and connection", async () => {
  const running = await start({ stallTimeout: 500 });
  const sid = await running.open();
  const session = running.session(sid);
  const reasons: unknown[] = [];
  session.on("close", (reason) => reasons.push(reason));
  const target = running.path(`EIO=4&transport=polling&sid=${sid}`);
  const deaf = [connect(running.port, "127.0.0.1"), connect(running.port, "127.0.0.1")];
  session.send("x".repeat(20_000_000));
  deaf[0]
    ?.pause()
    .on("error", () => {})
    .write(request("GET", target));
  await once(running.http, "request");
  expect(session.bufferedBytes).toBeGreaterThan(10_000_000);
  deaf[1]
    ?.pause()
    .on("error", () => {})
    .write(request("GET", target));
  await once(running.http, "request");
  session.send("next");
  expect(session.writable).toBe(false);
  await once(session, "close");
  expect(reasons).toEqual(["slow consumer"]);
  for (const socket of deaf) if (!socket.resume().destroyed) await once(socket, "close");
});
