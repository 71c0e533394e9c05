import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { NodeRedisLink } from "./node-redis-link.ts";
import type { NodeRedisClient, NodeRedisReplyOptions } from "./redis-client.ts";

/** A client that never answers, and tells what commands were given to it with. */
function startClient() {
  const given: NodeRedisReplyOptions[] = [];
  const nothing = (): Promise<void> => Promise.resolve();
  const client = Object.assign(new EventEmitter(), {
    isOpen: true,
    isReady: true,
    masters: undefined,
    sendCommand(_args: unknown, options: NodeRedisReplyOptions) {
      given.push(options);
      return new Promise(() => {});
    },
    connect: nothing,
    duplicate: (): NodeRedisClient => client,
    subscribe: nothing,
    unsubscribe: nothing,
    pSubscribe: nothing,
    pUnsubscribe: nothing,
    sSubscribe: nothing,
    sUnsubscribe: nothing,
  });
  return { client, given };
}

test("takes back what was not written when the connection breaks, so that nothing overtakes what was", () => {
  const { client, given } = startClient();
  const link = new NodeRedisLink(client);
  void link.command(["XADD"], "stream", true);
  void link.command(["GET"], "key");
  client.emit("reconnecting");
  void link.command(["XADD"], "stream", true);
  const [first, other, second] = given;
  expect([first?.abortSignal?.aborted, first?.signal?.aborted]).toEqual([true, true]); // as later versions name it, and as 4 does
  expect(other?.abortSignal).toBeUndefined();
  expect(second?.abortSignal?.aborted).toBe(false);
});
