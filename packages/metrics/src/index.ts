export { observe, type ObserveOptions } from "./open-telemetry.ts";
export type { CountingOptions, ObservedServer } from "./options.ts";
