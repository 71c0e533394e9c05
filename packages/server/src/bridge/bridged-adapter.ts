import type { Adapter, ClusterCommand, ClusterQuery, ClusterReply, MissingNode, Selection } from "@halyard/contracts";
import { AnswerWatch } from "./answer-watch.ts";
import { BridgedQuery } from "./bridged-query.ts";
import { isThenable } from "../rejections.ts";
import type { BridgedPart } from "./bridged-part.ts";
import { EVENT_PACKET, type IncumbentOptions, type WorkingAdapter } from "./incumbent-adapter.ts";
import { LocalOperation } from "./local-operation.ts";

/**
 * Lets an adapter that was written for socket.io work here: what it would do to sockets by itself is done by the server, which has
 * done it to its own sockets before it tells the adapter.
 */
export class BridgedAdapter implements Adapter {
  readonly #adapter: WorkingAdapter;
  readonly #part: BridgedPart;
  readonly #watch: AnswerWatch;
  /** The rooms of operations that come from here: these are only to be published. */
  readonly #ours = new WeakSet<object>();

  constructor(adapter: WorkingAdapter, part: BridgedPart) {
    this.#adapter = adapter;
    this.#part = part;
    this.#watch = new AnswerWatch(adapter);
    adapter.rooms = part.adapterView.rooms;
    adapter.sids = part.adapterView.sids;
    adapter.apply = (options, visit) => {
      if (options.rooms === undefined || !this.#ours.has(options.rooms)) new LocalOperation(part, options).run(visit);
    };
  }

  async start(): Promise<void> {
    await this.#adapter.init();
  }

  serverCount(): Promise<number> {
    return this.#adapter.serverCount();
  }

  publish(command: ClusterCommand): void {
    try {
      const done = this.#publish(command);
      if (isThenable(done)) done.then(undefined, (thrown: unknown) => this.#part.report(thrown));
    } catch (thrown) {
      this.#part.report(thrown);
    }
  }

  query(query: ClusterQuery, signal: AbortSignal): AsyncIterable<ClusterReply | MissingNode> {
    const asked = new BridgedQuery(query, this.#adapter, this.#watch, (to, flags) => this.#options(to, flags));
    signal.addEventListener("abort", () => asked.fail(), { once: true });
    if (signal.aborted) asked.fail();
    else
      asked.ask().catch((thrown: unknown) => {
        this.#part.report(thrown);
        asked.fail();
      });
    return asked.stream;
  }

  roomChanged(room: string, change: "created" | "deleted"): void {
    this.#adapter.emit(change === "created" ? "create-room" : "delete-room", room);
  }

  async close(): Promise<void> {
    await this.#adapter.close();
  }

  #publish(command: ClusterCommand): unknown {
    const adapter = this.#adapter;
    switch (command.kind) {
      case "broadcast": {
        const { to, data, volatile = false, compress = true } = command;
        const flags = { ...(volatile && { volatile }), ...(!compress && { compress }) };
        return adapter.broadcast({ type: EVENT_PACKET, data: [...data] }, this.#options(to, flags));
      }
      case "join":
        return adapter.addSockets(this.#options(command.to), command.rooms);
      case "leave":
        return adapter.delSockets(this.#options(command.to), command.rooms);
      case "disconnect":
        return adapter.disconnectSockets(this.#options(command.to), command.closeConnection);
      case "serverEvent":
        return adapter.serverSideEmit([...command.data]);
    }
  }

  #options(to: Selection, flags: Record<string, unknown> = {}): IncumbentOptions {
    const rooms = new Set(to.rooms);
    this.#ours.add(rooms);
    return { rooms, except: new Set(to.except), flags };
  }
}
