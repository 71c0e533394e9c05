import { FakeClock } from "@halyard/core/testing";
import type { ServerOptions } from "../options.ts";
import { Server } from "../server.ts";
import type { Socket } from "../socket.ts";
import { FakeClient, FakeSession } from "../transports/webtransport-session.fixture.ts";

/** An engine that takes WebTransport sessions, with what it told. */
export interface Rig {
  readonly engine: Server;
  readonly clock: FakeClock;
  readonly sockets: Socket[];
  readonly refused: { readonly code: number; readonly context: unknown }[];
  readonly closings: string[];
}

/** The transports of the engines under test. */
export const TRANSPORTS: readonly string[] = ["polling", "websocket", "webtransport"];

/** Makes an engine without an HTTP server, on a clock of the test. */
export function createEngine(options: ServerOptions = {}): Rig {
  const clock = new FakeClock();
  const engine = new Server({ transports: TRANSPORTS, clock, ...options });
  const rig: Rig = { engine, clock, sockets: [], refused: [], closings: [] };
  engine.on("connection", (socket) => {
    rig.sockets.push(socket);
    socket.on("close", (reason) => rig.closings.push(reason));
  });
  engine.on("connection_error", ({ code, context }) => rig.refused.push({ code, context }));
  return rig;
}

/** A client that has its stream. */
export interface Guest {
  readonly session: FakeSession;
  readonly client: FakeClient;
  /** Settles when it has been let in or not. */
  readonly decided: Promise<void>;
}

/** A client arrives with a stream, and has said nothing. */
export function arrive(engine: Server, prepare: (session: FakeSession) => void = () => {}): Guest {
  const session = new FakeSession();
  prepare(session);
  return { session, client: new FakeClient(session), decided: engine.onWebTransportSession(session) };
}

/** A client arrives and is let in. */
export async function connect(engine: Server): Promise<Guest & { readonly socket: Socket }> {
  const guest = arrive(engine);
  guest.client.send("0");
  const [handshake] = await guest.client.receive(1);
  const { sid }: { sid: string } = JSON.parse(String(handshake).slice(1));
  const socket = engine.clients[sid];
  if (socket === undefined) throw new Error(`no session ${sid}`);
  return { ...guest, socket };
}
