import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { openSession } from "@halyard/engine.io-client";
import { parser } from "@halyard/msgpack-parser";
import { resolveParser } from "@halyard/socket.io-parser";
import type { Wiring } from "./connector.ts";
import { createIo, type Io } from "./io.ts";
import { ManagerCore } from "./manager.ts";
import type { ManagerOptions } from "./options.ts";

const wiring: Wiring = {
  createEngine: openSession,
  resolveParser: (option = parser) => resolveParser(option),
};

class Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends ManagerCore<ListenEvents, EmitEvents> {
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    super(wiring, uri, options);
  }
}

const io: Io<typeof Manager> = createIo(Manager);

// the one export, so that a page's global and `require()` of the bundle are the function itself
export default io;
