import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { IoRedisLink } from "./io-redis-link.ts";
import type { IoRedisClient } from "./redis-client.ts";

const never = (): Promise<never> => new Promise<never>(() => {});

/** A client that answers nothing. */
function silentClient(autoResendUnfulfilledCommands: boolean): EventEmitter & IoRedisClient {
  return Object.assign(new EventEmitter(), {
    status: "ready",
    isCluster: false,
    options: { autoResendUnfulfilledCommands },
    call: never,
    callBuffer: never,
    connect: never,
    subscribe: never,
    unsubscribe: never,
    psubscribe: never,
    punsubscribe: never,
    ssubscribe: never,
    sunsubscribe: never,
    duplicate: () => silentClient(autoResendUnfulfilledCommands),
    disconnect: () => {},
  });
}

test("what a client forgets when its connection breaks is settled all the same", async () => {
  const client = silentClient(false);
  const link = new IoRedisLink(client);
  const asked = [
    link.command(["GET", "a"]),
    link.readText(["XREAD"]),
    link.commandAll(["PUBSUB"]),
    link.subscribe("channel", "c", () => {}),
    link.subscribe("pattern", "c*", () => {}),
    link.unsubscribe("channel", "c"),
  ];
  client.emit("close");
  for (const answer of asked) await expect(answer).rejects.toMatchObject({ code: "REDIS_DISCONNECTED" });
});

test("what a client sends again is waited for", async () => {
  const client = silentClient(true);
  const link = new IoRedisLink(client);
  const asked = link.command(["GET", "a"]).then(
    () => "settled",
    () => "settled",
  );
  client.emit("close");
  await expect(Promise.race([asked, new Promise((resolve) => setImmediate(resolve, "waiting"))])).resolves.toBe(
    "waiting",
  );
});
