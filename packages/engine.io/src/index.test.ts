import { expect, test } from "vitest";
import { Transport, transports } from "./index.ts";
import { start } from "./server.fixture.ts";

test("every built-in transport is a Transport, and an instance of the class that `transports` names", async () => {
  const running = await start();
  const sid = await running.open();
  const client = await running.connect().opened();
  await client.receive(1);
  const sessions = Object.values(running.engine.clients);
  expect(sessions.map(({ transport }) => transport instanceof Transport)).toEqual([true, true]);
  expect(running.session(sid).transport).toBeInstanceOf(transports.polling);
  expect(sessions.at(-1)?.transport).toBeInstanceOf(transports.websocket);
});
