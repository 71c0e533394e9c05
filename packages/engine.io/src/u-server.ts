import { codedError } from "@halyard/core";

/**
 * Stands for the server on µWebSockets.js that `engine.io` has: programs that import the name load, and learn what to use when
 * they make one.
 */
export class uServer {
  /** @throws `UWS_UNSUPPORTED` always */
  constructor() {
    throw codedError(
      "UWS_UNSUPPORTED",
      "uServer is not available: use Server with node:http, which needs no other library to be fast",
    );
  }
}
