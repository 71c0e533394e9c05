import type { BusHandler, BusStatus } from "@halyard/contracts";
import { splitMessage } from "./batch.ts";
import { createOwnTest, decodeMessage, senderOf } from "./bus-codec.ts";

/** Hands on what comes in and what happens, once there is somebody who listens, and as long as there is. */
export class BusInlet {
  /** This node. */
  readonly nodeId: string;
  readonly #isOwn: (payload: Buffer) => boolean;
  #handler: BusHandler | undefined;

  constructor(nodeId: string) {
    this.nodeId = nodeId;
    this.#isOwn = createOwnTest(nodeId);
  }

  open(handler: BusHandler): void {
    this.#handler = handler;
  }

  close(): void {
    this.#handler = undefined;
  }

  /** Takes a message as it came; this node's own are left out, and those that are not wanted. */
  take(
    payload: Buffer,
    decode: (payload: Buffer) => unknown = decodeMessage,
    isWanted: (message: unknown) => boolean = () => true,
  ): void {
    if (this.#isOwn(payload)) return;
    let message: unknown;
    try {
      message = decode(payload);
    } catch (cause) {
      return this.#handler?.onMalformed(cause);
    }
    for (const part of splitMessage(message)) if (isWanted(part)) this.deliver(part);
  }

  deliver(message: unknown, offset?: string, isPast = false): void {
    if (senderOf(message) !== this.nodeId) this.#handler?.onMessage(message, offset, isPast);
  }

  onMalformed(cause: unknown): void {
    this.#handler?.onMalformed(cause);
  }

  onStatus(status: BusStatus): void {
    this.#handler?.onStatus(status);
  }

  onDropped(messages: number, bytes: number, cause?: unknown): void {
    this.onStatus({ kind: "dropped", messages, bytes, ...(cause !== undefined && { cause }) });
  }
}
