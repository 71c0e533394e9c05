import type { Socket } from "engine.io";
import { withoutSid, type EngineRig } from "./engine-rig.ts";
import { once } from "./events.ts";

export const WEBSOCKET = "EIO=4&transport=websocket";

/** Opens a session over WebSocket. */
export async function open(rig: EngineRig, query = WEBSOCKET) {
  const client = await rig.connect(query);
  const handshake = withoutSid(String(await client.next()));
  const socket = rig.sockets.at(-1)!;
  return { client, socket, handshake };
}

/** Opens a session over long-polling and moves it to a WebSocket. */
export async function upgrade(rig: EngineRig, watch: (socket: Socket) => void = () => {}) {
  const { sid, query } = await rig.open();
  const socket = rig.sockets.at(-1)!;
  watch(socket);
  const poll = rig.get(query);
  const client = await rig.connect(`${WEBSOCKET}&sid=${sid}`);
  client.ws.send("2probe");
  const probe = await client.next();
  const released = (await poll).body;
  const upgraded = once(socket, "upgrade");
  client.ws.send("5");
  await upgraded;
  return { client, socket, probe, released };
}

/** Typed as private there. */
export const idOf = (socket: unknown): string => String((socket as { id: unknown }).id);
