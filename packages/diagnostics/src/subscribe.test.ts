import { subscribe as subscribeDirectly, unsubscribe as unsubscribeDirectly } from "node:diagnostics_channel";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { channelNames } from "./channel-names.ts";
import * as everything from "./index.ts";
import { open } from "./channel.ts";
import { engineOpen } from "./channels.ts";
import type { EngineOpen } from "./messages/engine.ts";
import { subscribe } from "./subscribe.ts";

const message: EngineOpen = { connectionId: "a", transport: "polling", protocol: 4, address: "::1" };

test("listens until told otherwise", () => {
  const heard: unknown[] = [];
  const unsubscribe = subscribe("halyard:engine:open", (...args) => void heard.push(args));
  expect(engineOpen.hasSubscribers).toBe(true);
  engineOpen.publish(message);
  unsubscribe();
  expect(engineOpen.hasSubscribers).toBe(false);
  engineOpen.publish(message);
  expect(heard).toEqual([[message, "halyard:engine:open"]]);
});

test("listeners of node:diagnostics_channel hear the same", () => {
  const heard: unknown[] = [];
  const listener = (...args: readonly unknown[]): void => void heard.push(args);
  subscribeDirectly("halyard:engine:open", listener);
  onTestFinished(() => void unsubscribeDirectly("halyard:engine:open", listener));
  engineOpen.publish(message);
  expect(heard).toEqual([[message, "halyard:engine:open"]]);
});

test("a listener that throws is a warning, once, and keeps the others from nothing", async () => {
  const heard: string[] = [];
  const undos = [
    subscribe("halyard:engine:open", () => {
      throw new Error("broken");
    }),
    subscribe("halyard:engine:open", ({ connectionId }) => void heard.push(connectionId)),
  ];
  onTestFinished(() => undos.forEach((undo) => undo()));
  const warned = once(process, "warning");
  engineOpen.publish(message);
  engineOpen.publish({ ...message, connectionId: "b" });
  const [warning] = await warned;
  expect(warning).toMatchObject({ name: "HalyardWarning", code: "SUBSCRIBER_FAILED" });
  expect(String(warning)).toContain("broken");
  expect(heard).toEqual(["a", "b"]);
});

test("every channel is exported, by a name like its own", () => {
  const exported: Readonly<Record<string, unknown>> = everything;
  for (const name of channelNames) {
    const constant = name.replace("halyard:", "").replaceAll(/[:-]\w/g, (part) => part.slice(1).toUpperCase());
    expect(exported[constant], constant).toBe(open(name));
  }
});
