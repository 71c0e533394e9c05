import type { DefaultEventsMap, EventsMap } from "@halyard/contracts";
import { Manager } from "./create-client.ts";
import { DebugSocket } from "./debug-socket.ts";
import type { ManagerOptions, SocketOptions } from "./options.ts";

/** A manager that tells on the console what happens, if asked to, and of what looks like a mistake. */
export class DebugManager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Manager<ListenEvents, EmitEvents> {
  constructor(options?: ManagerOptions);
  constructor(uri?: string, options?: ManagerOptions);
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions) {
    if (typeof uri === "object") super(uri);
    else super(uri, options);
  }

  /** @internal */
  protected override fire(event: PropertyKey, ...args: readonly unknown[]): void {
    if (isAskedFor()) tell(event, ...args);
    super.fire(event, ...args);
  }

  /** @internal */
  protected override create(nsp: string, options: SocketOptions): DebugSocket<ListenEvents, EmitEvents> {
    const socket = new DebugSocket(this, nsp, options);
    if (isAskedFor()) {
      socket.onAny((...data) => tell(nsp, "received", ...data));
      socket.onAnyOutgoing((...data) => tell(nsp, "sent", ...data));
    }
    return socket;
  }
}

/** By the variable and the item that the library `debug` reads. */
function isAskedFor(): boolean {
  const { process, localStorage } = globalThis as { process?: NodeJS.Process; localStorage?: Storage };
  return /\*|socket\.io-client/.test(process?.env.DEBUG ?? localStorage?.getItem("debug") ?? "");
}

function tell(...parts: readonly unknown[]): void {
  const { console } = globalThis;
  console.debug("socket.io-client", ...parts);
}
