import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { attach } from "engine.io";
import { expect, test } from "vitest";
import { Socket } from "./index.ts";

for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
  test(transports.join(), async () => {
    const http = createServer().listen(0);
    const server = attach(http as any, {});
    server.on("connection", (s: any) => s.on("message", (m: any) => s.send(m)));
    const socket = new Socket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`, { transports });
    const log: any[] = [];
    for (const e of ["open", "handshake", "upgrading", "upgrade", "upgradeError", "error", "close"] as const)
      socket.on(e, (...a: any[]) => void log.push([e, a.map((x) => x?.name ?? x)]));
    const got: any[] = [];
    const all = new Promise<void>((r) =>
      socket.on("message", (m) => {
        got.push(m);
        if (got.length === 20) r();
      }),
    );
    for (let i = 0; i < 10; i++) socket.send("é€😀" + i);
    for (let i = 0; i < 10; i++) socket.send(Buffer.from([i, 1, 2]));
    await all;
    const closed = new Promise((r) => socket.on("close", (...a) => r(a)));
    socket.close();
    console.log(JSON.stringify(log), await closed, got.slice(8, 12));
    expect(got.length).toBe(20);
    server.close();
    http.close();
  });
}
