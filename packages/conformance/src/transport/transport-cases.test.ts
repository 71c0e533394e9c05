import type { EnginePacket, Transport, TransportCloseReason, TransportHandler } from "@halyard/contracts";
import { describe, expect, test } from "vitest";
import { transportCases } from "./transport-cases.ts";
import type { TransportHarness, TransportPair } from "./transport-harness.ts";

type State = "open" | "closing" | "closed";

/** A pipe within memory; everything arrives in a later turn of the event loop. */
class MemoryTransport implements Transport {
  readonly name: string = "memory";
  peer: MemoryTransport | undefined;
  protected handler: TransportHandler | undefined;
  protected state: State = "open";
  protected queued: readonly EnginePacket[] = [];

  get writable(): boolean {
    return this.state === "open" && this.queued.length === 0;
  }

  get bufferedBytes(): number {
    return this.queued.length;
  }

  bind(handler: TransportHandler): void {
    this.handler = handler;
  }

  send(packets: readonly EnginePacket[]): void {
    // whoever sends without looking loses it, as with long-polling
    if (!this.writable) return;
    this.queued = packets;
    setTimeout(() => this.flush());
  }

  async pause(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve));
    this.state = "closing";
  }

  close(): void {
    if (this.state !== "open") return;
    this.state = "closing";
    setTimeout(() => {
      this.flush();
      this.end("transport close");
    });
  }

  abort(cause?: Error): void {
    this.queued = [];
    this.end("transport error", cause);
  }

  receive(packets: readonly EnginePacket[]): void {
    for (const packet of packets) {
      if (this.state === "closed") return;
      if (packet.type === "message") this.handler?.onMessage(packet.data);
      else this.handler?.onPacket(packet);
    }
  }

  violated(): void {
    this.end("parse error");
  }

  protected flush(): void {
    const packets = this.queued;
    if (packets.length === 0) return;
    this.queued = [];
    this.peer?.receive(packets);
    if (this.state !== "closed") this.handler?.onWritable();
  }

  protected end(reason: TransportCloseReason, cause?: Error): void {
    if (this.state === "closed") return;
    this.state = "closed";
    this.handler?.onClose(reason, cause);
    const { peer } = this;
    setTimeout(() => peer?.end("transport close"));
  }
}

function harness(Kind: new () => MemoryTransport = MemoryTransport): TransportHarness {
  return {
    connect(): TransportPair {
      const [near, far] = [new Kind(), new Kind()];
      near.peer = far;
      far.peer = near;
      return { near, far };
    },
    violate: ({ far }) => {
      if (far instanceof MemoryTransport) far.violated();
    },
    timeoutMs: 300,
    largeMessageBytes: 100_000,
  };
}

describe("a transport that keeps the contract passes", () => {
  for (const { name, run } of transportCases(harness())) test(name, run);
});

/** Defects, each with a case that has to find it. */
const broken: Record<string, [finder: string, Kind: new () => MemoryTransport]> = {
  "loses a packet": [
    "carries a batch of 200, in order",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(packets.filter((_, index) => index !== 17));
      }
    },
  ],
  "doubles packets": [
    "carries text",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive([...packets, ...packets]);
      }
    },
  ],
  "reorders a batch": [
    "carries text and binary in turn, in order",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(packets.toSorted((left, right) => left.type.length - right.type.length).toReversed());
      }
    },
  ],
  "strips what is no ASCII": [
    "carries text of every script",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(
          packets.map((packet) =>
            packet.type === "message" && typeof packet.data === "string"
              ? { type: "message", data: packet.data.replaceAll(/[^\n\r -~]/g, "?") }
              : packet,
          ),
        );
      }
    },
  ],
  "drops empty messages": [
    "carries an empty binary",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(packets.filter((packet) => packet.type !== "message" || packet.data.length > 0));
      }
    },
  ],
  "delivers the buffer behind a view": [
    "carries binary of every byte",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(
          packets.map((packet) =>
            packet.type === "message" && typeof packet.data !== "string"
              ? { type: "message", data: new Uint8Array(packet.data.buffer) }
              : packet,
          ),
        );
      }
    },
  ],
  "loses the data of control packets": [
    "carries ping and pong, with and without data",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        super.receive(packets.map((packet) => (packet.type === "ping" ? { type: "ping" } : packet)));
      }
    },
  ],
  "never becomes writable again": [
    "becomes writable again after each batch, and its queue empties",
    class extends MemoryTransport {
      #used = false;
      override get writable(): boolean {
        return super.writable && !this.#used;
      }
      override send(packets: readonly EnginePacket[]): void {
        this.#used = true;
        super.send(packets);
      }
    },
  ],
  "counts bytes that have left": [
    "becomes writable again after each batch, and its queue empties",
    class extends MemoryTransport {
      #sent = 0;
      override get bufferedBytes(): number {
        return this.#sent;
      }
      override send(packets: readonly EnginePacket[]): void {
        this.#sent += packets.length;
        super.send(packets);
      }
    },
  ],
  "keeps its first handler": [
    "bind replaces the handler",
    class extends MemoryTransport {
      override bind(handler: TransportHandler): void {
        this.handler ??= handler;
      }
    },
  ],
  "delivers a batch to the handler it started with": [
    "a handler bound in the middle of a batch gets the rest of it",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        const { handler } = this;
        for (const packet of packets) if (packet.type === "message") handler?.onMessage(packet.data);
      }
    },
  ],
  "goes on delivering after an abort": [
    "nothing follows when a handler aborts in the middle of a batch",
    class extends MemoryTransport {
      override receive(packets: readonly EnginePacket[]): void {
        for (const packet of packets) if (packet.type === "message") this.handler?.onMessage(packet.data);
      }
    },
  ],
  "drops its queue on close": [
    "close delivers what was sent before it",
    class extends MemoryTransport {
      override close(): void {
        this.abort();
      }
    },
  ],
  "reports its end twice": [
    "close ends both ends, each once",
    class extends MemoryTransport {
      protected override end(reason: TransportCloseReason, cause?: Error): void {
        if (this.state === "closed") return;
        super.end(reason, cause);
        this.handler?.onClose(reason, cause);
      }
    },
  ],
  "does not report an end of its own making": [
    "abort ends this end once",
    class extends MemoryTransport {
      override abort(): void {
        this.state = "closed";
        this.peer?.violated();
      }
    },
  ],
  "leaves the other end open": [
    "abort ends the other end once",
    class extends MemoryTransport {
      override abort(cause?: Error): void {
        this.peer = undefined;
        super.abort(cause);
      }
    },
  ],
  "sends after close": [
    "what is sent after close is ignored",
    class extends MemoryTransport {
      override send(packets: readonly EnginePacket[]): void {
        if (this.state === "open") super.send(packets);
        else if (this.state === "closing") this.queued = [...this.queued, ...packets];
      }
    },
  ],
  "throws on what is sent after abort": [
    "what is sent after abort is ignored",
    class extends MemoryTransport {
      override send(packets: readonly EnginePacket[]): void {
        if (this.state === "closed") throw new Error("closed");
        super.send(packets);
      }
    },
  ],
  "calls its handler after the end": [
    "close ends both ends, each once",
    class extends MemoryTransport {
      protected override end(reason: TransportCloseReason, cause?: Error): void {
        super.end(reason, cause);
        this.handler?.onWritable();
      }
    },
  ],
  "pauses without settling": [
    "pause settles what is in flight",
    class extends MemoryTransport {
      override pause(): Promise<void> {
        return Promise.resolve();
      }
    },
  ],
  "takes a violation for an ordinary end": [
    "a violation of the grammar ends the transport",
    class extends MemoryTransport {
      override violated(): void {
        this.end("transport close");
      }
    },
  ],
};

describe("a broken transport fails", () => {
  test.each(Object.entries(broken))("one that %s", async (_, [finder, Kind]) => {
    const found = transportCases(harness(Kind)).filter(({ name }) => name === finder);
    expect(found).toHaveLength(1);
    await expect(Promise.resolve().then(found[0]!.run)).rejects.toThrow();
  });
});
