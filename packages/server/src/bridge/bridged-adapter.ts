import type { Adapter, ClusterCommand, ClusterQuery, ClusterReply, MissingNode, Selection } from "@halyard/contracts";
import { PushStream } from "@halyard/core";
import { isThenable } from "../rejections.ts";
import type { BridgedPart } from "./bridged-part.ts";
import type { IncumbentOptions, WorkingAdapter } from "./incumbent-adapter.ts";
import { LocalOperation } from "./local-operation.ts";

/** How long answers are waited for where the query does not say. */
const ANSWER_TIMEOUT_MS = 5_000;

/** How packets of events are numbered. */
const EVENT_PACKET = 2;

/** Such adapters tell how many servers are silent, but not which. */
const SOMEBODY: MissingNode = { kind: "missing", node: "unknown", reason: "silent" };

type Reply = ClusterReply | MissingNode;

/**
 * Lets an adapter that was written for socket.io work here: what it would do to sockets by itself is done by the server, which has
 * done it to its own sockets before it tells the adapter.
 */
export class BridgedAdapter implements Adapter {
  readonly #adapter: WorkingAdapter;
  readonly #part: BridgedPart;
  /** The rooms of operations that come from here: these are only to be published. */
  readonly #ours = new WeakSet<object>();

  constructor(adapter: WorkingAdapter, part: BridgedPart) {
    this.#adapter = adapter;
    this.#part = part;
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

  query(query: ClusterQuery, signal: AbortSignal): AsyncIterable<Reply> {
    const stream = new PushStream<Reply>();
    signal.addEventListener("abort", () => this.#expire(stream), { once: true });
    if (signal.aborted) stream.end();
    else
      this.#ask(query, stream).catch((thrown: unknown) => {
        this.#part.report(thrown);
        this.#expire(stream);
      });
    return stream;
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

  async #ask(query: ClusterQuery, stream: PushStream<Reply>): Promise<void> {
    switch (query.kind) {
      case "fetchSockets":
        for (const socket of await this.#fetch(query.to)) stream.push({ kind: "socket", socket });
        return stream.end();
      case "count":
        stream.push({ kind: "count", count: (await this.#fetch(query.to)).length });
        return stream.end();
      case "rooms":
        for (const { id, rooms } of await this.#fetch({ rooms: [], except: [] }))
          for (const room of rooms) if (room !== id) stream.push({ kind: "room", room, count: 1 });
        return stream.end();
      case "serverEventWithAck":
        await this.#adapter.serverSideEmit([
          ...query.data,
          (error: Error | null, answers: readonly unknown[]) => {
            for (const answer of answers) stream.push({ kind: "ack", data: [answer] });
            if (error !== null) stream.push(SOMEBODY);
            stream.end();
          },
        ]);
        return;
      case "broadcastWithAck":
        return this.#askClients(query, stream);
    }
  }

  /** Is over when each server has told how many clients it has asked, and all of those have answered. */
  async #askClients(
    query: Extract<ClusterQuery, { kind: "broadcastWithAck" }>,
    stream: PushStream<Reply>,
  ): Promise<void> {
    const servers = await this.#adapter.serverCount();
    const { volatile = false, compress = true, timeoutMs: timeout } = query;
    const flags = { timeout, ...(volatile && { volatile }), ...(!compress && { compress }) };
    let [counted, expected, received] = [0, 0, 0];
    const check = (): void => {
      if (counted >= servers && received >= expected) stream.end();
    };
    await this.#adapter.broadcastWithAck(
      { type: EVENT_PACKET, data: [...query.data] },
      this.#options(query.to, flags),
      (count) => {
        counted++; // this server, which has asked its clients already, is among them, with none
        expected += count;
        stream.push({ kind: "expect", count });
        check();
      },
      (answer) => {
        received++;
        stream.push({ kind: "ack", data: [answer] });
        check();
      },
    );
  }

  async #fetch(to: Selection): ReturnType<WorkingAdapter["fetchSockets"]> {
    return this.#adapter.fetchSockets(this.#options(to, { timeout: ANSWER_TIMEOUT_MS }));
  }

  #expire(stream: PushStream<Reply>): void {
    stream.push(SOMEBODY);
    stream.end();
  }

  #options(to: Selection, flags: Record<string, unknown> = {}): IncumbentOptions {
    const rooms = new Set(to.rooms);
    this.#ours.add(rooms);
    return { rooms, except: new Set(to.except), flags };
  }
}
