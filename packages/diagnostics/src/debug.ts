import createDebug from "debug";
import { channelNames } from "./channel-names.ts";
import { describe } from "./describe.ts";
import { subscribe } from "./subscribe.ts";

/** What a channel is about: the middle of its name. */
export type DiagnosticsArea = "engine" | "socket" | "packet" | "ack" | "server" | "adapter";

const AREAS: readonly DiagnosticsArea[] = ["engine", "socket", "packet", "ack", "server", "adapter"];

/**
 * Writes what happens to the standard error, in the manner of the library `debug`: `halyard:engine open connectionId=…`. Returns what
 * ends that. Without a call, the environment variable `DEBUG` says the same: `DEBUG=halyard:*,-halyard:packet`.
 *
 * @example
 * import { startLogging } from "@halyard/diagnostics/debug";
 *
 * const stopLogging = startLogging(["engine", "socket"]);
 */
export function startLogging(areas: Iterable<DiagnosticsArea> = AREAS): () => void {
  const undos = [...areas].flatMap((area) => logArea(area));
  return () => undos.forEach((undo) => undo());
}

/** As {@link startLogging}, for the areas that the environment variable `DEBUG` names. */
export function startLoggingAsAsked(): void {
  startLogging(AREAS.filter((area) => createDebug.enabled(`halyard:${area}`)));
}

function logArea(area: DiagnosticsArea): (() => void)[] {
  const prefix = `halyard:${area}`;
  const log = createDebug(prefix);
  log.enabled = true;
  const names = channelNames.filter((name) => name.startsWith(`${prefix}:`));
  return names.map((name) => {
    const event = name.slice(prefix.length + 1);
    return subscribe(name, (message) => log("%s %s", event, describe(message)));
  });
}
