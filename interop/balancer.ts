import { createServer, request, type IncomingMessage } from "node:http";
import { connect, type Socket as TcpSocket } from "node:net";
import { onTestFinished } from "vitest";
import { listening } from "./listening.ts";

/**
 * A load balancer for the length of a test: new sessions go to its ports in turn, whether they are taken there or not, and
 * requests of a session to where it is. The ports may change meanwhile.
 */
export async function balancing(ports: readonly number[]): Promise<number> {
  const homes = new Map<string, number>();
  const sockets = new Set<TcpSocket>();
  let turn = 0;

  function portFor({ url = "" }: IncomingMessage): number {
    const sid = new URL(url, "http://localhost").searchParams.get("sid");
    return (sid === null ? ports[turn++ % ports.length] : homes.get(sid)) ?? 0;
  }

  const balancer = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const port = portFor(incoming);
    const forwarded = request({ host: "127.0.0.1", port, method, path: url, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.on("data", (chunk: Buffer) => {
        const sid = /^0\{"sid":"([^"]+)"/.exec(chunk.toString())?.[1];
        if (sid !== undefined) homes.set(sid, port);
      });
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    outgoing.on("close", () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  balancer.keepAliveTimeout = 60_000; // a connection that is closed while it is used again would look like a lost server
  balancer.on("connection", (socket) => sockets.add(socket));
  balancer.on("upgrade", (incoming, socket: TcpSocket, head: Buffer) => {
    const target = connect(portFor(incoming), "127.0.0.1");
    const lines = incoming.rawHeaders.flatMap((name, index, all) =>
      index % 2 ? [] : `${name}: ${all[index + 1]}\r\n`,
    );
    target.write(`GET ${incoming.url} HTTP/1.1\r\n${lines.join("")}\r\n`);
    target.write(head);
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => balancer.close(resolve));
  });
  return listening(balancer);
}
