import { subscribe as subscribeTo, unsubscribe } from "node:diagnostics_channel";
import type { ChannelName, DiagnosticsMessages } from "./messages/messages.ts";

/** Takes the messages of a channel. */
export type DiagnosticsListener<Name extends ChannelName> = (message: DiagnosticsMessages[Name], name: Name) => void;

/**
 * Listens to a channel; returns what ends that. The listener is called in the middle of what it is told of: it has to be quick,
 * and to leave sockets and servers alone until later. What it throws is a process warning with code `SUBSCRIBER_FAILED`, the
 * first time; listeners that `node:diagnostics_channel` was given directly end the process.
 *
 * @example
 * import { subscribe } from "@halyard/diagnostics";
 *
 * const unsubscribe = subscribe("halyard:engine:close", ({ reason, durationMs }) => {
 *   console.log(`a connection ended after ${durationMs} ms: ${reason}`);
 * });
 */
export function subscribe<Name extends ChannelName>(name: Name, listener: DiagnosticsListener<Name>): () => void {
  let hasFailed = false;
  const guarded = (message: unknown): void => {
    try {
      listener(trust<Name>(message), name);
    } catch (thrown) {
      if (!hasFailed) warn(name, thrown);
      hasFailed = true;
    }
  };
  subscribeTo(name, guarded);
  return () => void unsubscribe(name, guarded);
}

/** What is published on our channels has the types that publishers were held to. */
function trust<Name extends ChannelName>(message: unknown): DiagnosticsMessages[Name];
function trust(message: unknown): unknown {
  return message;
}

function warn(name: string, thrown: unknown): void {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
  process.emitWarning(`a subscriber of "${name}" failed: ${message}`, {
    type: "HalyardWarning",
    code: "SUBSCRIBER_FAILED",
    detail: `${stack ?? message}\nFurther failures of it are not shown.`,
  });
}
