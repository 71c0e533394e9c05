export { chooseEncoding } from "./accept-encoding.ts";
export { Backoff, type BackoffOptions } from "./backoff.ts";
export { toBytes, utf8Length } from "./bytes.ts";
export { DeadlineQueue, type DeadlineEntry } from "./deadline-queue.ts";
export { Emitter } from "./emitter.ts";
export { codedError, hasCode, toError, type CodedError } from "./errors.ts";
export { Listenable } from "./listenable.ts";
export { MAX_DELAY_MS, systemClock } from "./system-clock.ts";
export { throwLater } from "./throw-later.ts";
