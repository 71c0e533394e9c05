import type { Socket } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { channels, connected, upgraded, type Channel } from "../channels.ts";
import { collect, once } from "../events.ts";
import { libraries, useApplication, type Application } from "./application.ts";
import { connect } from "./client.ts";

/** Waits until an event tells what is looked for. */
async function told(admin: Socket, event: string, matches: (...args: any[]) => boolean): Promise<any[]> {
  for (;;) {
    const args = await once(admin, event);
    if (matches(...args)) return args;
  }
}

/** All that an administrator sees and does, with one who comes over the given channel. */
async function administrate(application: Application, { name, options }: Channel): Promise<void> {
  const { url, close, output } = await application.start("admin-ui.mjs");
  const earlier = connect(url, { transports: ["websocket"] });
  await connected(earlier);

  const admin = connect(`${url}/admin`, options);
  const [config, all] = [once(admin, "config"), once(admin, "all_sockets")];
  const features = ["EMIT", "JOIN", "LEAVE", "DISCONNECT", "MJOIN", "MLEAVE", "MDISCONNECT"];
  expect(await config).toEqual([{ supportedFeatures: [...features, "AGGREGATED_EVENTS", "ALL_EVENTS"] }]);
  const [sockets] = await all;
  const seen = sockets.find((socket: { id: string }) => socket.id === earlier.id);
  expect(seen).toMatchObject({
    nsp: "/",
    transport: "websocket",
    rooms: [earlier.id],
    data: { name: "somebody" },
  });
  expect(seen.handshake).toMatchObject({ address: "127.0.0.1", secure: false, xdomain: false });
  if (name === "upgrade") await upgraded(admin);

  const arrived = once(admin, "socket_connected");
  const moved = told(admin, "socket_updated", ({ nsp, transport }) => nsp === "/" && transport === "websocket");
  const user = connect(url);
  await connected(user);
  const { id } = user;
  const [description, at] = await arrived;
  expect(description).toMatchObject({ id, nsp: "/", transport: "polling", rooms: [id] });
  expect(Date.parse(at)).toBeGreaterThan(Date.now() - 60_000);
  await upgraded(user);
  expect(await moved).toMatchObject([{ id, nsp: "/" }]);

  const received = once(admin, "event_received");
  const joined = once(admin, "room_joined");
  expect(await user.emitWithAck("join", "lobby")).toBe("joined");
  expect((await received).slice(0, 3)).toEqual(["/", id, ["join", "lobby"]]);
  expect((await joined).slice(0, 3)).toEqual(["/", "lobby", id]);

  const bySocket = once(admin, "room_joined");
  admin.emit("join", "/", "club", id);
  expect((await bySocket).slice(0, 3)).toEqual(["/", "club", id]);
  const sent = collect(admin, "event_sent", 1);
  const heard = once(user, "news");
  admin.emit("emit", "/", "club", "news", 1, { two: 2 });
  expect(await heard).toEqual([1, { two: 2 }]);
  expect((await sent)[0]?.slice(0, 3)).toEqual(["/", id, ["news", 1, { two: 2 }]]);
  const byRoom = once(admin, "room_left");
  admin.emit("leave", "/", "club", "lobby");
  expect((await byRoom).slice(0, 3)).toEqual(["/", "club", id]);

  const [stats] = await told(admin, "server_stats", ({ clientsCount }) => clientsCount === 3);
  expect(stats).toMatchObject({ serverId: "one", pollingClientsCount: name === "polling" ? 1 : 0 });
  expect(stats.namespaces).toEqual(
    expect.arrayContaining([
      { name: "/", socketsCount: 2 },
      { name: "/admin", socketsCount: 1 },
      { name: "/chat", socketsCount: 0 },
      { name: "/late", socketsCount: 0 },
    ]),
  );
  const kinds = stats.aggregatedEvents.map(({ type }: { type: string }) => type);
  expect(new Set(kinds)).toEqual(new Set(["rawConnection", "packetsIn", "packetsOut", "bytesIn", "bytesOut"]));

  const gone = once(admin, "socket_disconnected");
  const left = once(user, "disconnect");
  admin.emit("_disconnect", "/", true, id);
  expect((await gone).slice(0, 3)).toEqual(["/", id, "server namespace disconnect"]);
  expect((await left)[0]).toBe("io server disconnect");
  const everybody = once(earlier, "disconnect");
  admin.emit("_disconnect", "/", false);
  await everybody;
  expect(await close()).toBe(0);
  expect(output()).toBe("");
}

for (const library of libraries) {
  describe(`the admin UI's instrument(), with ${library}:`, () => {
    const application = useApplication(library);

    test("administrators' sessions over each transport", async () => {
      await Promise.all(channels.map((channel) => administrate(application, channel)));
    });

    test("in production mode, instrumented before it is attached", async () => {
      const { url } = await application.start("admin-ui.mjs", { ADMIN_MODE: "production", ORDER: "early" });
      const admin = connect(`${url}/admin`);
      const [{ supportedFeatures }] = await once(admin, "config");
      expect(supportedFeatures).not.toContain("ALL_EVENTS");
      const [stats] = await told(admin, "server_stats", ({ clientsCount }) => clientsCount === 1);
      expect(stats.namespaces).toHaveLength(4);
      expect(stats.aggregatedEvents).not.toEqual([]);
    });

    test("with a password", async () => {
      const { url } = await application.start("admin-ui.mjs", { AUTH: "basic" });
      const stranger = connect(`${url}/admin`, { auth: { username: "admin", password: "guess" } });
      const [error] = await once(stranger, "connect_error", { unless: ["connect"] });
      expect(error.message).toBe("invalid credentials");
      const admin = connect(`${url}/admin`, { auth: { username: "admin", password: "changeit" } });
      const [session] = await once(admin, "session", { unless: ["connect_error"] });
      const again = connect(`${url}/admin`, { auth: { sessionId: session } });
      await connected(again);
    });
  });
}
