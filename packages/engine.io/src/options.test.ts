import { hasCode } from "@halyard/core";
import { expect, test } from "vitest";
import { resolveOptions, type ServerOptions } from "./options.ts";

test("the defaults", () => {
  expect(resolveOptions({})).toMatchObject({
    pingTimeoutMs: 20_000,
    pingIntervalMs: 25_000,
    upgradeTimeoutMs: 10_000,
    maxPayloadBytes: 1_000_000,
    transports: ["polling", "websocket"],
    allowUpgrades: true,
    allowEIO3: false,
    perMessageDeflate: false,
    httpCompression: { thresholdBytes: 1_024 },
    cookie: undefined,
    cors: undefined,
    maxWritableBytes: 1_048_576,
    maxQueuedBytes: 4_194_304,
    stallTimeoutMs: 30_000,
    requestTimeoutMs: 30_000,
    closeTimeoutMs: 5_000,
    maxPacketsPerTurn: 256,
    maxTurnMs: 5,
    flushPolicy: "auto",
  });
});

test("what is given is completed", () => {
  const resolved = resolveOptions({
    cookie: { name: "sid", sameSite: "none" },
    perMessageDeflate: { serverNoContextTakeover: true },
    httpCompression: { threshold: 1, level: 9 },
    cors: false,
  });
  expect(resolved.cookie).toEqual({ name: "sid", attributes: { path: "/", httpOnly: true, sameSite: "none" } });
  expect(resolved.perMessageDeflate).toEqual({ threshold: 1_024, serverNoContextTakeover: true });
  expect(resolved.httpCompression).toEqual({ thresholdBytes: 1, zlib: { level: 9 } });
  expect(resolved.cors).toBeUndefined();
  expect(resolveOptions({ perMessageDeflate: true }).perMessageDeflate).toEqual({ threshold: 1_024 });
  expect(resolveOptions({ httpCompression: false }).httpCompression).toBeUndefined();
  expect(resolveOptions({ cookie: true }).cookie?.name).toBe("io");
});

test("a delay may be as long as one likes", () => {
  expect(resolveOptions({ pingTimeout: Number.POSITIVE_INFINITY }).pingTimeoutMs).toBe(2_147_483_647);
});

test.each(["pingTimeout", "maxHttpBufferSize", "maxQueuedBytes", "maxPacketsPerTurn"] as const)(
  "%s must be a positive number",
  (name) => {
    for (const value of [0, -1, Number.NaN, "5", null]) {
      const options: ServerOptions = Object.fromEntries([[name, value]]);
      expect(codeOf(() => resolveOptions(options))).toBe(true);
    }
  },
);

function codeOf(act: () => unknown): boolean {
  try {
    act();
    return false;
  } catch (error) {
    return hasCode(error, "BAD_OPTION");
  }
}
