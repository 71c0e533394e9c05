import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

/**
 * Programs in TypeScript against the declarations as they are published: in the packages' `dist`, bundled, and checked
 * themselves. It needs `pnpm run build` first.
 */
const root = new URL("../", import.meta.url);
const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc6", root));
const run = promisify(execFile);

const requiring = `
  import sio = require("@halyard/server");
  import sioc = require("@halyard/client");
  interface Events { greet: (name: string) => void }
  const io: sio.Server = new sio.Server();
  const called: sio.Server = sio(3000, { path: "/x" });
  io.on("connection", (socket: sio.Socket) => socket.id);
  const options: Partial<sio.ServerOptions> = { pingInterval: 1 };
  const socket: sioc.Socket<Events> = sioc<Events>("http://localhost", { autoConnect: false });
  const same: sioc.Socket = sioc.default("http://localhost");
  const other: sioc.Socket = sioc.io({ autoConnect: false });
  const manager: sioc.Manager = new sioc.Manager("http://localhost");
  // @ts-expect-error the event takes a name
  socket.emit("greet", 1);
  export { called, manager, options, other, same };
`;

const importing = `
  import start, { Server, type ServerOptions } from "@halyard/server";
  import connect, { io, Manager, Socket } from "@halyard/client";
  const server: Server = start(3000);
  const options: Partial<ServerOptions> = {};
  const socket: Socket = io === connect ? io("http://localhost") : connect();
  const listen = (reason: Socket.DisconnectReason): void => console.log(reason);
  socket.on("disconnect", listen);
  // @ts-expect-error no such reason
  listen("no reason");
  export { Manager, options, server };
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "declarations-"));
  await symlink(fileURLToPath(new URL("node_modules", import.meta.url)), join(folder, "node_modules"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What the compiler has to say about programs. */
async function complaints(programs: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, program] of Object.entries(programs)) await writeFile(join(folder, file), program);
  const types = fileURLToPath(new URL("node_modules/@types", root));
  const compilerOptions = { strict: true, noEmit: true, target: "es2022", module: "nodenext", skipLibCheck: false };
  const files = Object.keys(programs);
  const tsconfig = { compilerOptions: { ...compilerOptions, types: ["node"], typeRoots: [types] }, files };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const result = run(process.execPath, [compiler, "--pretty", "false", "--project", folder]);
  const { stdout, stderr } = await result.catch(
    (failure: { readonly stdout: string; readonly stderr: string }) => failure,
  );
  return stdout + stderr;
}

/** Classes as applications and published adapters have them. */
const adapters = `
  import {
    Adapter, ClusterAdapter, ClusterAdapterWithHeartbeat, MessageType, SessionAwareAdapter,
    type BroadcastFlags, type BroadcastOptions, type ClusterAdapterOptions, type ClusterMessage, type ClusterResponse,
    type Offset, type PrivateSessionId, type Room, type ServerId, type Session, type SocketId,
  } from "socket.io-adapter";

  export class Counting extends Adapter {
    readonly counts = new Map<Room, number>();
    constructor(readonly nsp: any) { super(nsp); }
    init(): void { this.on("create-room", (room: Room) => this.counts.set(room, 0)); }
    async close(): Promise<void> {}
    addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void { return super.addAll(id, rooms); }
    del(id: SocketId, room: Room): Promise<void> | void { return super.del(id, room); }
    delAll(id: SocketId): void { super.delAll(id); this.rooms.get(id)?.clear(); this.sids.delete(id); }
    broadcast(packet: any, opts: BroadcastOptions): void {
      const flags: BroadcastFlags = opts.flags || {};
      if (!flags.local) super.broadcast(packet, opts);
    }
    async serverCount(): Promise<number> { return (await super.serverCount()) + 1; }
    async sockets(rooms: Set<Room>): Promise<Set<SocketId>> { return super.sockets(rooms); }
    async fetchSockets(opts: BroadcastOptions): Promise<any[]> { return super.fetchSockets(opts); }
    serverSideEmit(packet: any[]): void { this.nsp._onServerSideEmit(packet); }
    async restoreSession(pid: PrivateSessionId, offset: Offset): Promise<Session> {
      const session = await super.restoreSession(pid, offset);
      return { ...session, missedPackets: session.missedPackets.slice(1) };
    }
  }

  export class Recovering extends SessionAwareAdapter {
    persistSession(session: any): void { super.persistSession(session); }
  }

  export class Sending extends ClusterAdapter {
    constructor(nsp: any, private readonly send: (to: ServerId | undefined, text: string) => Promise<Offset>) { super(nsp); }
    receive(text: string, offset?: Offset): void {
      const message = JSON.parse(text);
      if (message.type === MessageType.FETCH_SOCKETS_RESPONSE) this.onResponse(message);
      else this.onMessage(message, offset);
    }
    protected doPublish(message: ClusterMessage): Promise<Offset> {
      if (message.type === MessageType.BROADCAST && message.data.opts.rooms.length === 1 && !message.data.requestId)
        return this.send(message.data.opts.rooms[0], JSON.stringify(message));
      return this.send(undefined, JSON.stringify(message));
    }
    protected async doPublishResponse(to: ServerId, response: ClusterResponse): Promise<void> {
      await this.send(to, response.type === MessageType.BROADCAST_ACK ? "" : JSON.stringify(response));
    }
    note(packet: any[]): void {
      this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { packet } });
      void this.publishAndReturnOffset({ type: MessageType.HEARTBEAT }).then((offset: string) => offset + this.uid);
    }
  }

  export class Beating extends ClusterAdapterWithHeartbeat {
    constructor(nsp: any, opts: ClusterAdapterOptions) { super(nsp, { heartbeatInterval: 1, ...opts }); }
    init(): void { super.init(); }
    close(): void { super.close(); }
    onMessage(message: ClusterMessage, offset?: string): void { super.onMessage(message, offset); }
    onResponse(response: ClusterResponse): void { super.onResponse(response); }
    protected doPublish(message: ClusterMessage): Promise<Offset> {
      const type: MessageType = message.type;
      const only: MessageType.HEARTBEAT = MessageType.HEARTBEAT;
      return Promise.resolve(MessageType[type] + only);
    }
    protected async doPublishResponse(to: ServerId, response: ClusterResponse): Promise<void> {
      // @ts-expect-error there is no such type of message
      if (response.type === 99) this.publish({ type: MessageType.ADAPTER_CLOSE });
    }
  }
`;

/** Published adapters that find ours where they look for the incumbent's base classes. */
const published = `
  import { ClusterAdapterWithHeartbeat } from "@halyard/adapter";
  import { Server } from "@halyard/server";
  import { createAdapter } from "CLUSTER";
  import { createAdapter as createPostgresAdapter, PostgresAdapter } from "POSTGRES";
  declare class Mine extends ClusterAdapterWithHeartbeat {
    constructor(nsp: any);
    protected doPublish(): Promise<string>;
    protected doPublishResponse(): Promise<void>;
  }
  export const servers = [
    new Server({ adapter: Mine }), new Server({ adapter: createAdapter() }), new Server({ adapter: createPostgresAdapter({} as any) }),
  ];
  const made = new PostgresAdapter({}, {}, {} as any);
  export const answers: Promise<any[]> = made.fetchSockets({ rooms: new Set() });
  // @ts-expect-error no such method
  made.fetch();
`;

/** Published adapters are CommonJS; what requires our classes has the very ones that they extend. */
const sameDeclaration = `
  export const base: ClusterAdapterWithHeartbeat = made;
`;

test("programs of either kind import both ends, and what adapters for socket.io extend, with their types", async () => {
  const aliased = (name: string) =>
    realpath(fileURLToPath(new URL(`aliased/node_modules/@socket.io/${name}/dist/index.js`, import.meta.url)));
  const [cluster, postgres] = await Promise.all([aliased("cluster-adapter"), aliased("postgres-adapter")]);
  const programs = {
    "requiring.cts": requiring,
    "importing.cts": importing,
    "importing.mts": importing,
    "adapters.mts": adapters,
    "our-adapters.mts": adapters.replace('"socket.io-adapter"', '"@halyard/adapter"'),
    "published.mts": published.replace("CLUSTER", cluster).replace("POSTGRES", postgres),
    "published.cts": published.replace("CLUSTER", cluster).replace("POSTGRES", postgres) + sameDeclaration,
  };
  expect(await complaints(programs)).toBe("");
});
