import type { EngineControlPacket, TransportCloseReason, TransportHandler } from "@halyard/contracts";
import type { ClientTransport } from "../transports/transport.ts";

/** What an upgrade reports to the session that it belongs to; one of the last two is the last call, unless it is cancelled. */
export interface UpgradeListener {
  /** The server has answered the probe: from now on nothing may be sent over the current transport. */
  onProbed(upgrade: Upgrade): void;
  /** The current transport is silent and the new one has been told to take over. */
  onUpgraded(upgrade: Upgrade): void;
  onUpgradeFailed(upgrade: Upgrade, cause: unknown): void;
}

/**
 * Moves a session to another transport without losing, repeating or reordering a message (Engine.IO protocol, "Upgrade"):
 * probe the new one, let the requests of the current one settle, then send the upgrade packet.
 */
export class Upgrade implements TransportHandler {
  readonly candidate: ClientTransport;
  readonly #current: ClientTransport;
  readonly #listener: UpgradeListener;
  #step: "connecting" | "probing" | "pausing" | "ended" = "connecting";

  constructor(candidate: ClientTransport, current: ClientTransport, listener: UpgradeListener) {
    this.candidate = candidate;
    this.#current = current;
    this.#listener = listener;
    candidate.bind(this);
    candidate.open();
  }

  /** Gives up without a report; the current transport goes on. */
  cancel(): void {
    const step = this.#step;
    if (step === "ended") return;
    this.#step = "ended";
    this.candidate.abort();
    if (step === "pausing") this.#current.resume?.();
  }

  onWritable(): void {
    if (this.#step !== "connecting") return;
    this.#step = "probing";
    this.candidate.send([{ type: "ping", data: "probe" }]);
  }

  onPacket(packet: EngineControlPacket): void {
    if (this.#step !== "probing") return;
    if (packet.type === "pong" && packet.data === "probe") void this.#switch();
    else this.#fail("unexpected answer");
  }

  onMessage(): void {
    this.#fail("message before the upgrade");
  }

  onClose(_reason: TransportCloseReason, cause?: Error): void {
    this.#fail(cause);
  }

  async #switch(): Promise<void> {
    this.#step = "pausing";
    this.#listener.onProbed(this);
    await this.#current.pause?.();
    // the session may have closed, or the new transport failed, while requests settled
    if (this.#hasEnded()) return;
    this.#step = "ended";
    this.candidate.send([{ type: "upgrade" }]);
    this.#listener.onUpgraded(this);
  }

  #hasEnded(): boolean {
    return this.#step === "ended";
  }

  #fail(cause: unknown): void {
    if (this.#step === "ended") return;
    this.cancel();
    this.#listener.onUpgradeFailed(this, cause);
  }
}
