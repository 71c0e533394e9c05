import { expectTypeOf, test } from "vitest";
import type { Socket } from "./socket.ts";

test("listeners look at what packets carry without asking for the type", () => {
  const listen = (socket: Socket): void => {
    socket.on("packet", ({ type, data }) => expectTypeOf([type, data]).not.toBeNever());
    socket.on("packetCreate", ({ data, options }) => expectTypeOf([data, options.compress]).not.toBeNever());
    socket.on("packet", (packet) => {
      expectTypeOf(packet.type).toEqualTypeOf<"open" | "close" | "ping" | "pong" | "message" | "upgrade" | "noop">();
      // @ts-expect-error packets have no such property
      expectTypeOf(packet.length);
    });
  };
  expectTypeOf(listen).toBeFunction();
});
