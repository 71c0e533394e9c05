import { channelNames, subscribe } from "@halyard/diagnostics";
import { expect, onTestFinished, test } from "vitest";
import { ClusterMonitor } from "./cluster-monitor.ts";

class Monitor extends ClusterMonitor {
  readonly nodeId = "me";
}

test("whatever happens is told on the diagnostics channels as to listeners", () => {
  const told: unknown[] = [];
  for (const name of channelNames) onTestFinished(subscribe(name, (message) => void told.push([name, message])));
  const heard: unknown[] = [];
  const monitor = new Monitor(() => {});
  for (const event of ["up", "down", "dropped", "gap", "join", "leave", "malformed"] as const)
    monitor.on(event, () => heard.push(event));
  const cause = new Error("gone");
  monitor.onStatus({ kind: "up" });
  monitor.onStatus({ kind: "down", cause });
  monitor.onStatus({ kind: "down" });
  monitor.onStatus({ kind: "dropped", messages: 2, bytes: 30, cause });
  monitor.onStatus({ kind: "gap" });
  monitor.tell("join", "other");
  monitor.onStatus({ kind: "left", node: "other" });
  monitor.onMalformed("nonsense");
  monitor.onEnd();
  expect(told).toEqual([
    ["halyard:adapter:up", { nodeId: "me" }],
    ["halyard:adapter:down", { nodeId: "me", cause }],
    ["halyard:adapter:down", { nodeId: "me" }],
    ["halyard:adapter:drop", { nodeId: "me", messages: 2, bytes: 30, cause }],
    ["halyard:adapter:gap", { nodeId: "me" }],
    ["halyard:adapter:join", { nodeId: "me", peerId: "other" }],
    ["halyard:adapter:leave", { nodeId: "me", peerId: "other" }],
    ["halyard:adapter:malformed", { nodeId: "me" }],
    ["halyard:adapter:close", { nodeId: "me" }],
  ]);
  expect(heard).toEqual(["up", "down", "down", "dropped", "gap", "join", "leave", "malformed"]);
});
