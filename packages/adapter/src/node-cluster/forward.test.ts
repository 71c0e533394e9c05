import { Agent, createServer, request as sendRequest, type IncomingMessage, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { forwardRequest } from "./forward.ts";

let count = 0;

async function listen(server: Server, path?: string): Promise<void> {
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => (path === undefined ? server.listen(0, resolve) : server.listen(path, resolve)));
}

/** A server that passes requests on, over connections that it keeps, to one that answers how many came over each. */
async function start({ answers = Number.POSITIVE_INFINITY, isThere = true } = {}) {
  const address = join(tmpdir(), `forward-${process.pid}-${count++}.sock`);
  const counts = new Map<Socket, number>();
  const inner = createServer((request, response) => {
    const nth = (counts.get(request.socket) ?? 0) + 1;
    counts.set(request.socket, nth);
    if (nth > answers) request.socket.destroy();
    else request.resume().on("end", () => response.end(String(nth)));
  });
  if (isThere) await listen(inner, address);
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const outer = createServer((request, response) =>
    forwardRequest(request, response, { address, agent }, (how) => response.end(how)),
  );
  await listen(outer);
  const { port } = outer.address() as AddressInfo;
  const ask = async (method: string, body = ""): Promise<string> =>
    await new Promise((resolve, reject) => {
      const onReply = (reply: IncomingMessage): void => {
        let text = "";
        reply.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        reply.on("end", () => resolve(text));
      };
      sendRequest({ port, method, agent: false }, onReply).on("error", reject).end(body);
    });
  return { ask, counts, port };
}

test("requests go over connections that are kept", async () => {
  const { ask, counts } = await start();
  expect([await ask("GET"), await ask("POST", "text"), await ask("GET")]).toEqual(["1", "2", "3"]);
  expect(counts.size).toBe(1);
});

test("a request for something that meets the end of a kept connection is sent again, over another one", async () => {
  const { ask, counts } = await start({ answers: 1 });
  expect([await ask("GET"), await ask("GET")]).toEqual(["1", "1"]);
  expect([...counts.values()]).toEqual([2, 1]);
});

test("one that brings something is not, as the other server may have taken it", async () => {
  const { ask } = await start({ answers: 1 });
  expect([await ask("GET"), await ask("POST", "text")]).toEqual(["1", "broken"]);
});

test("a request is sent again once", async () => {
  const { ask, counts } = await start({ answers: 0 });
  expect(await ask("GET")).toBe("broken");
  expect(counts.size).toBe(1);
});

test("nothing is heard of a server that is not there", async () => {
  const { ask } = await start({ isThere: false });
  expect([await ask("GET"), await ask("POST", "text")]).toEqual(["unreachable", "unreachable"]);
});

test("what a request for something brings all the same goes with it", async () => {
  const { port } = await start();
  const replies = await new Promise<string>((resolve) => {
    let text = "";
    const socket = connect(port).setEncoding("utf8");
    const head = "GET / HTTP/1.1\r\nHost: localhost\r\n";
    socket.write(`${head}Content-Length: 4\r\n\r\ntext${head}Connection: close\r\n\r\n`);
    socket.on("data", (chunk: string) => (text += chunk)).on("close", () => resolve(text));
  });
  expect(replies.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
});
