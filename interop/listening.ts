import type { AddressInfo, Server } from "node:net";
import { onTestFinished } from "vitest";
import { once } from "./events.ts";

/** Listens on the loopback interface, on a free port unless told which, and returns the port. */
export async function listening(host: Server, port = 0): Promise<number> {
  const ready = once(host, "listening", { unless: ["error"] });
  host.listen(port, "127.0.0.1");
  await ready;
  return (host.address() as AddressInfo).port;
}

/** Listens for the length of a test, at whose end what serves the clients is closed. */
export async function serving(host: Server, io: { close(): unknown }): Promise<number> {
  onTestFinished(async () => {
    await io.close();
  });
  return listening(host);
}
