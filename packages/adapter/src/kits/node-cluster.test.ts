import { EventEmitter } from "node:events";
import { deserialize, serialize } from "node:v8";
import { adapterCases, busCases } from "@halyard/conformance";
import { describe, test } from "vitest";
import { createClusterAdapter } from "../index.ts";
import { MessageRouter, type MessageReceiver } from "../node-cluster/message-router.ts";
import { WorkerBus } from "../node-cluster/worker-bus.ts";

/** Primary and workers within one process; what they say is serialised as between processes. */
class Processes {
  readonly #copy: (message: unknown) => unknown;
  readonly #workers: (MessageReceiver & { readonly process: EventEmitter })[] = [];
  readonly #router = new MessageRouter(() => this.#workers);

  constructor(copy: (message: unknown) => unknown) {
    this.#copy = copy;
  }

  fork(): { readonly bus: WorkerBus; readonly kill: () => void } {
    const id = this.#workers.length + 1;
    const process = new EventEmitter();
    let isAlive = true;
    const bus = new WorkerBus(
      Object.assign(process, {
        connected: true,
        send: (message: unknown) => {
          const copy = this.#copy(message);
          if (isAlive) setImmediate(() => this.#router.onMessage(id, copy));
          return true;
        },
      }),
    );
    const send = (message: unknown): void => {
      const copy = this.#copy(message);
      setImmediate(() => void (isAlive && process.emit("message", copy)));
    };
    this.#workers.push({ id, send, process });
    const kill = (): void => {
      isAlive = false;
      this.#router.onExit(id);
    };
    return { bus, kill };
  }

  violate(): void {
    for (const { process } of this.#workers) process.emit("message", { source: "_sio_adapter", type: "nonsense" });
  }
}

describe.each([
  ["json", (message: unknown): unknown => JSON.parse(JSON.stringify(message))],
  ["advanced", (message: unknown): unknown => deserialize(serialize(message))],
])("node:cluster with serialization %s", (_name, copy) => {
  const prepare = () => {
    const processes = new Processes(copy);
    return { join: () => processes.fork().bus, violate: () => processes.violate() };
  };
  const prepareServers = () => {
    const processes = new Processes(copy);
    const killers = new Map<unknown, () => void>();
    return {
      join() {
        const { bus, kill } = processes.fork();
        const factory = createClusterAdapter(bus);
        killers.set(factory, kill);
        return factory;
      },
      kill: (factory: unknown) => killers.get(factory)?.(),
    };
  };
  describe("the bus", () => {
    for (const { name, run } of busCases({ prepare })) test(name, run);
  });
  describe("the adapter", () => {
    for (const { name, run } of adapterCases({ prepare: prepareServers })) test(name, run);
  });
});
