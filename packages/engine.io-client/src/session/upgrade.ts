import { createTransport, usableTransports, type ResolvedOptions } from "../options.ts";
import { TransportError } from "../transports/transport-error.ts";
import type { ClientTransport, TransportConstructor } from "../transports/transport.ts";
import type { HandshakeData } from "./handshake.ts";

/** What an upgrade reports to the session that it belongs to. */
export interface UpgradeListener {
  /** The server has answered the probe: from now on nothing may be sent over the current transport. */
  onProbed(candidate: ClientTransport): void;
  /** The current transport is silent and the new one has been told to take over. */
  onUpgraded(candidate: ClientTransport): void;
  /** The current transport goes on, and the next candidate, if there is one, is tried. */
  onUpgradeFailed(error: TransportError): void;
}

/**
 * Moves a session to the first other transport that both ends have and that works, without losing, repeating or reordering a message
 * (Engine.IO protocol, "Upgrade"): probe the new one, let the requests of the current one settle, then send the upgrade
 * packet. What it returns gives up without a report; the current transport then goes on.
 */
export function startUpgrade(
  current: ClientTransport,
  handshake: HandshakeData,
  options: ResolvedOptions,
  listener: UpgradeListener,
  transports: readonly TransportConstructor[] = usableTransports(options),
): (() => unknown) | undefined {
  let [better, ...others] = transports.filter(
    ({ prototype: { name } }) => name !== current.name && handshake.upgrades.includes(name),
  );
  if (!better || options.upgrade === false) return undefined;
  const candidate = createTransport(better, options, handshake.sid);
  let cancelNext: (() => unknown) | undefined;
  /** What is awaited. */
  let step: "open" | "pong" | "pause" | "closed" = "open";
  const cancel = (): boolean => {
    const waited = step;
    if (waited === "closed") return false;
    step = "closed";
    candidate.abort();
    if (waited === "pause") current.resume?.();
    return true;
  };
  const fail = (cause: unknown): void => {
    if (!cancel()) return;
    const error = new TransportError("probe error", cause);
    error.transport = candidate.name;
    listener.onUpgradeFailed(error);
    cancelNext = startUpgrade(current, handshake, options, listener, others);
  };
  candidate.bind({
    onWritable() {
      if (step !== "open") return;
      step = "pong";
      candidate.send([{ type: "ping", data: "probe" }]);
    },
    async onPacket(packet) {
      if (step !== "pong") return;
      if (packet.type !== "pong" || packet.data !== "probe") return fail(packet);
      step = "pause";
      listener.onProbed(candidate);
      await current.pause?.();
      // the session may have closed, or the new transport failed, while requests settled
      if (step !== "pause") return;
      step = "closed";
      candidate.send([{ type: "upgrade" }]);
      listener.onUpgraded(candidate);
    },
    onMessage: fail,
    onClose: (_reason, cause) => fail(cause),
  });
  candidate.open();
  return () => {
    others = [];
    return (cancelNext ?? cancel)();
  };
}
