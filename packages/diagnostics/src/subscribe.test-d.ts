import { expectTypeOf, test } from "vitest";
import type * as channels from "./channels.ts";
import { subscribe, type engineOpen, type ChannelName, type DiagnosticsMessages, type EngineClose } from "./index.ts";

test("listeners get what their channel carries", () => {
  subscribe("halyard:engine:close", (message, name) => {
    expectTypeOf(message).toEqualTypeOf<EngineClose>();
    expectTypeOf(name).toEqualTypeOf<"halyard:engine:close">();
  });
  expectTypeOf(subscribe<"halyard:ack:ask">).returns.toEqualTypeOf<() => void>();
  // @ts-expect-error there is no such channel
  subscribe("halyard:engine:opened", () => {});
  // @ts-expect-error it has no such field
  subscribe("halyard:engine:open", ({ reason }) => reason);
});

test("publishers are held to the type of the message", () => {
  expectTypeOf<Parameters<(typeof engineOpen)["publish"]>>().toEqualTypeOf<
    [DiagnosticsMessages["halyard:engine:open"]]
  >();
  expectTypeOf<ChannelName>().toExtend<`halyard:${string}:${string}`>();
});

test("there is a channel for every type of message", () => {
  expectTypeOf<(typeof channels)[keyof typeof channels]["name"]>().toEqualTypeOf<ChannelName>();
});
