/** What a channel is about: the middle of its name. */
type DiagnosticsArea = "engine" | "socket" | "packet" | "ack" | "server" | "adapter";
/**
* Writes what happens to the standard error, in the manner of the library `debug`: `halyard:engine open connectionId=…`. Returns what
* ends that. Without a call, the environment variable `DEBUG` says the same: `DEBUG=halyard:*,-halyard:packet`.
*
* @example
* import { startLogging } from "@halyard/diagnostics/debug";
*
* const stopLogging = startLogging(["engine", "socket"]);
*/
declare function startLogging(areas?: Iterable<DiagnosticsArea>): () => void;
/** As {@link startLogging}, for the areas that the environment variable `DEBUG` names. */
declare function startLoggingAsAsked(): void;
export { DiagnosticsArea, startLogging, startLoggingAsAsked };
//# sourceMappingURL=debug.d.cts.map