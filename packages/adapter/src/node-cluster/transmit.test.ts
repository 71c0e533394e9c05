import { expect, test } from "vitest";
import { transmit } from "./transmit.ts";

const connection = () => ({
  isDestroyed: false,
  destroy() {
    this.isDestroyed = true;
  },
});

test("a connection that reaches its worker stays open", () => {
  const passed = connection();
  transmit({ send: (_message, _connection, _options, onSent) => onSent(null) }, {}, passed);
  expect(passed.isDestroyed).toBe(false);
});

test("a connection that does not is ended, so that its client need not wait for an answer", () => {
  const [refused, ownerless] = [connection(), connection()];
  transmit(
    { send: (_message, _connection, _options, onSent) => onSent(new Error("ERR_IPC_CHANNEL_CLOSED")) },
    {},
    refused,
  );
  transmit(undefined, {}, ownerless);
  expect([refused.isDestroyed, ownerless.isDestroyed]).toEqual([true, true]);
});
