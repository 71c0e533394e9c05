import * as ourClient from "@halyard/client";
import * as ourMsgpack from "@halyard/msgpack-parser";
import * as ourServer from "@halyard/server";
import { Server as IncumbentServer } from "socket.io";
import { io as incumbentIo, Manager as IncumbentManager } from "socket.io-client";
import { Server as OldestServer } from "socket.io-v4-0";
import clientV2 from "socket.io-client-v2";
import * as incumbentMsgpack from "socket.io-msgpack-parser";

export { channels, type Channel } from "./channels.ts";

/** A Socket.IO server implementation; the incumbent's types are the common tongue, because ours promises its API. */
export interface ServerEnd {
  readonly name: string;
  readonly ours: boolean;
  readonly Server: typeof IncumbentServer;
  readonly msgpack: unknown;
  /** Lacks what came after 4.0. */
  readonly oldest?: boolean;
}

/** A Socket.IO client implementation. */
export interface ClientEnd {
  readonly name: string;
  readonly ours: boolean;
  /** 2 speaks Engine.IO 3 and needs `allowEIO3`. */
  readonly generation: 2 | 4;
  readonly io: typeof incumbentIo;
  readonly Manager: typeof IncumbentManager;
  readonly msgpack: unknown;
}

/** A server and the client that talks to it. */
export interface Pair {
  readonly name: string;
  readonly server: ServerEnd;
  readonly client: ClientEnd;
}

const halyardServer = ourServer as unknown as { Server: typeof IncumbentServer };
const halyardClient = ourClient as unknown as { io: typeof incumbentIo; Manager: typeof IncumbentManager };

const incumbentServerEnd: ServerEnd = {
  name: "incumbent",
  ours: false,
  Server: IncumbentServer,
  msgpack: incumbentMsgpack,
};

const ourServerEnd: ServerEnd = {
  name: "ours",
  ours: true,
  Server: halyardServer.Server,
  msgpack: ourMsgpack,
};

const oldestServerEnd: ServerEnd = {
  name: "incumbent 4.0",
  ours: false,
  Server: OldestServer as typeof IncumbentServer,
  msgpack: incumbentMsgpack,
  oldest: true,
};

const incumbentClientEnd: ClientEnd = {
  name: "incumbent",
  ours: false,
  generation: 4,
  io: incumbentIo,
  Manager: IncumbentManager,
  msgpack: incumbentMsgpack,
};

const secondIo = clientV2 as typeof incumbentIo & { Manager: typeof IncumbentManager };

/** The last release of the 2.x line, which many devices in the field still run. */
const oldClientEnd: ClientEnd = {
  name: "incumbent 2.x",
  ours: false,
  generation: 2,
  io: secondIo,
  Manager: secondIo.Manager,
  msgpack: incumbentMsgpack,
};

const ourClientEnd: ClientEnd = {
  name: "ours",
  ours: true,
  generation: 4,
  io: halyardClient.io,
  Manager: halyardClient.Manager,
  msgpack: ourMsgpack,
};

export const serverEnds: readonly ServerEnd[] = [incumbentServerEnd, ourServerEnd];
export const clientEnds: readonly ClientEnd[] = [incumbentClientEnd, ourClientEnd];

/** Every combination of today's clients; the incumbent against itself comes first and proves each scenario right. */
export const pairs: readonly Pair[] = serverEnds.flatMap((server) => clientEnds.map((client) => pair(server, client)));

/** Our client against the first server of the 4.x line, too. */
export const allPairs: readonly Pair[] = [...pairs, pair(oldestServerEnd, ourClientEnd)];

/** The old client against both servers. */
export const oldPairs: readonly Pair[] = serverEnds.map((server) => pair(server, oldClientEnd));

function pair(server: ServerEnd, client: ClientEnd): Pair {
  return { name: `server ${server.name} × client ${client.name}`, server, client };
}
