import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { connect, createServer, type ClientHttp2Session, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { FakeClock } from "@halyard/core/testing";
import { expect, test } from "vitest";
import { Server } from "./index.ts";

async function listen(server: Http2Server | HttpServer): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}

async function getStatus(session: ClientHttp2Session, path: string): Promise<unknown> {
  const [headers] = await once(session.request({ ":path": path }).resume(), "response");
  return headers[":status"];
}

test("closing an HTTP/2 server ends sessions on which nothing is under way", async () => {
  const httpServer = createServer();
  const io = new Server(httpServer);
  const session = connect(await listen(httpServer));
  expect(await getStatus(session, "/socket.io/?EIO=4&transport=polling")).toBe(200);
  expect(await getStatus(session, "/socket.io/?EIO=4&transport=unknown")).toBe(400);
  const ended = once(session, "close");
  await io.close();
  await ended;
});

test.each([
  ["HTTP/2", createServer()],
  ["HTTP/1", createHttpServer()],
])("closing an %s server cuts off after closeTimeout what is still under way", async (version, httpServer) => {
  const clock = new FakeClock();
  const requested = once(
    httpServer.on("request", () => {}),
    "request",
  ); // never answered
  const io = new Server(httpServer, { clock, closeTimeout: 3_000 });
  const url = await listen(httpServer);
  let isOver = false;
  const over =
    version === "HTTP/2"
      ? once(
          connect(url)
            .on("error", () => {})
            .request({ ":path": "/slow" })
            .on("error", () => {}),
          "close",
        )
      : fetch(`${url}/slow`).catch(() => {});
  void over.then(() => (isOver = true));
  await requested;
  const closed = io.close();
  await new Promise(setImmediate);
  clock.advance(2_999);
  await new Promise(setImmediate);
  expect(isOver).toBe(false);
  clock.advance(1);
  await Promise.all([closed, over]);
});

test("while the server closes, a client that connects for every poll gets what is queued for it", async () => {
  const httpServer = createHttpServer();
  const io = new Server(httpServer, { closeTimeout: 60_000 });
  const url = `${await listen(httpServer)}/socket.io/?EIO=4&transport=polling`;
  const request = async (query: string, body?: string): Promise<string> => {
    const init = { headers: { connection: "close" }, ...(body === undefined ? undefined : { method: "POST", body }) };
    const response = await fetch(url + query, init);
    return response.text();
  };
  const { sid }: { sid: string } = JSON.parse((await request("")).slice(1));
  const connection = once(io, "connection");
  expect(await request(`&sid=${sid}`, "40")).toBe("ok");
  const [socket] = await connection;
  socket.emit("last");
  const closed = io.close();
  expect(await request("")).toContain("closing");
  expect((await request(`&sid=${sid}`)).split("\x1e")).toContain('42["last"]');
  expect(await request(`&sid=${sid}`)).toBe("1");
  await closed;
  await expect(request("")).rejects.toThrow("fetch failed");
});
