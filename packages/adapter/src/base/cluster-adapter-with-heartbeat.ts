import type { Untyped } from "@halyard/contracts";
import { EMITTER_ID } from "../cluster/message-type.ts";
import { ClusterAdapter } from "./cluster-adapter.ts";
import type { ClusterMessage, ClusterResponse, DistributiveOmit, ServerId } from "./cluster-message.ts";
import { MessageType } from "./message-type.ts";
import type { Expected } from "./requests.ts";

/** Options of {@link ClusterAdapterWithHeartbeat}. */
export interface ClusterAdapterOptions {
  /** Milliseconds between two signs of life. @defaultValue 5_000 */
  heartbeatInterval?: number;
  /** Milliseconds of silence after which a server counts as gone. @defaultValue 10_000 */
  heartbeatTimeout?: number;
}

/** How often silence is looked for. */
const SWEEP_MS = 1_000;

/**
 * The base of adapters for several servers that find out by themselves who is there: by any message of a server, and by heartbeats
 * where there is nothing else to say.
 */
export abstract class ClusterAdapterWithHeartbeat extends ClusterAdapter {
  /** The other servers, and when each was heard last, in milliseconds since 1970. */
  protected readonly nodesMap: Map<ServerId, number> = new Map();
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #sweep: NodeJS.Timeout;
  #sweptMs = Date.now();
  #beat: NodeJS.Timeout | undefined;

  protected constructor(nsp: Untyped, opts: ClusterAdapterOptions) {
    super(nsp);
    this.#intervalMs = opts.heartbeatInterval ?? 5_000;
    this.#timeoutMs = opts.heartbeatTimeout ?? 10_000;
    this.#sweep = setInterval(() => this.#removeSilent(), SWEEP_MS);
  }

  override init(): Promise<void> | void {
    this.publish({ type: MessageType.INITIAL_HEARTBEAT });
  }

  override close(): Promise<void> | void {
    this.publish({ type: MessageType.ADAPTER_CLOSE });
    clearTimeout(this.#beat);
    clearInterval(this.#sweep);
  }

  override onMessage(message: ClusterMessage, offset?: string): void {
    const { uid, type } = message;
    if (uid === this.uid) return;
    if (uid && uid !== EMITTER_ID) this.nodesMap.set(uid, Date.now());
    if (type === MessageType.INITIAL_HEARTBEAT) this.publish({ type: MessageType.HEARTBEAT });
    else if (type === MessageType.ADAPTER_CLOSE) this.#remove(uid);
    else super.onMessage(message, offset);
  }

  override onResponse(response: ClusterResponse): void {
    super.onResponse(response);
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(1 + this.nodesMap.size);
  }

  override publish(message: DistributiveOmit<ClusterMessage, "nsp" | "uid">): void {
    this.#scheduleBeat();
    super.publish(message);
  }

  protected override expectedServers(): Promise<Expected> {
    return Promise.resolve({ servers: [...this.nodesMap.keys()] });
  }

  /** A sign of life is due when nothing was said for a while. */
  #scheduleBeat(): void {
    if (this.#beat === undefined)
      this.#beat = setTimeout(() => this.publish({ type: MessageType.HEARTBEAT }), this.#intervalMs);
    else this.#beat.refresh();
  }

  #removeSilent(): void {
    const nowMs = Date.now();
    const wasStalled = nowMs - this.#sweptMs > 2 * SWEEP_MS;
    this.#sweptMs = nowMs;
    if (wasStalled) return; // what the others have sent meanwhile is yet to be read
    for (const [uid, heardMs] of this.nodesMap) if (nowMs - heardMs > this.#timeoutMs) this.#remove(uid);
  }

  #remove(uid: ServerId): void {
    this.nodesMap.delete(uid);
    this.onServerLeft(uid);
  }
}
