import { TransportError } from "../transports/transport-error.ts";
import type { ClientTransport } from "../transports/transport.ts";

/** What an upgrade reports to the session that it belongs to. One of the last two is the last call, unless it is cancelled. */
export interface UpgradeListener {
  /** The server has answered the probe: from now on nothing may be sent over the current transport. */
  onProbed(): void;
  /** The current transport is silent and the new one has been told to take over. */
  onUpgraded(): void;
  onUpgradeFailed(error: TransportError): void;
}

/**
 * Moves a session to another transport without losing, repeating or reordering a message (Engine.IO protocol, "Upgrade"):
 * probe the new one, let the requests of the current one settle, then send the upgrade packet. What it returns gives up
 * without a report; the current transport then goes on.
 */
export function startUpgrade(
  current: ClientTransport,
  candidate: ClientTransport,
  listener: UpgradeListener,
): () => void {
  let step: "connecting" | "probing" | "pausing" | "ended" = "connecting";
  const cancel = (): void => {
    const paused = step === "pausing";
    if (step === "ended") return;
    step = "ended";
    candidate.abort();
    if (paused) current.resume?.();
  };
  const fail = (cause: unknown): void => {
    if (step === "ended") return;
    cancel();
    const error = new TransportError("probe error", cause);
    error.transport = candidate.name;
    listener.onUpgradeFailed(error);
  };
  candidate.bind({
    onWritable() {
      if (step !== "connecting") return;
      step = "probing";
      candidate.send([{ type: "ping", data: "probe" }]);
    },
    async onPacket(packet) {
      if (step !== "probing") return;
      if (packet.type !== "pong" || packet.data !== "probe") return fail(packet);
      step = "pausing";
      listener.onProbed();
      await current.pause?.();
      // the session may have closed, or the new transport failed, while requests settled
      if (step !== "pausing") return;
      step = "ended";
      candidate.send([{ type: "upgrade" }]);
      listener.onUpgraded();
    },
    onMessage: fail,
    onClose: (_reason, cause) => fail(cause),
  });
  candidate.open();
  return cancel;
}
