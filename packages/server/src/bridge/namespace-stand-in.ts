import type { AdapterHost, EventData, Untyped } from "@halyard/contracts";
import type { BridgedPart } from "./bridged-part.ts";

/**
 * Makes what a factory gets: a host for adapters of ours, which for those of socket.io looks like the namespace that they expect.
 * They find no sockets in it, as they come by them through `apply()` alone.
 */
export function standIn(host: AdapterHost, part: BridgedPart): AdapterHost {
  const expected = {
    name: part.name,
    sockets: new Map(),
    _ids: 0,
    server: { opts: {}, encoder: { encode: (packet: Untyped) => [packet] } },
    _onServerSideEmit: (data: EventData) => part.serverEvents.receive(data),
  };
  return Object.assign(Object.create(expected), host);
}
