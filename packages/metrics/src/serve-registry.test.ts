import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { serveRegistry } from "./serve-registry.ts";

const registry = { contentType: "text/plain; version=0.0.4", metrics: async () => "up 1\n" };
const failing = { ...registry, metrics: () => Promise.reject(new Error("no database")) };

/** What a request is answered with. */
function ask(
  handler: ReturnType<typeof serveRegistry>,
  method = "GET",
  next?: (error: unknown) => void,
): Promise<{ readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }> {
  return new Promise((resolve) => {
    const headers: Record<string, string> = {};
    let status = 200;
    const response = {
      setHeader: (name: string, value: string) => void (headers[name] = value),
      writeHead(code: number, given: Record<string, string>) {
        status = code;
        Object.assign(headers, given);
        return response;
      },
      end: (body = "") => resolve({ status, headers, body }),
    };
    handler({ method } as IncomingMessage, response as unknown as ServerResponse, next);
  });
}

test("GET is answered with the metrics and their type", async () => {
  expect(await ask(serveRegistry(registry))).toEqual({
    status: 200,
    headers: { "content-type": "text/plain; version=0.0.4" },
    body: "up 1\n",
  });
});

test("other methods are not allowed", async () => {
  expect(await ask(serveRegistry(registry), "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
});

test("a failure is the next handler's", async () => {
  const error = await new Promise((resolve) => void ask(serveRegistry(failing), "GET", resolve));
  expect(error).toMatchObject({ message: "no database" });
});

test("a failure that nobody takes is a status and a warning", async () => {
  const warned = new Promise<Error>((resolve) => {
    const listen = (warning: Error): void => {
      if ("code" in warning && warning.code === "METRICS_FAILED") resolve(warning);
    };
    process.on("warning", listen);
    onTestFinished(() => void process.off("warning", listen));
  });
  expect(await ask(serveRegistry(failing))).toMatchObject({ status: 500 });
  expect((await warned).message).toContain("no database");
});

test.each([
  ["text", registry],
  ["failure", failing],
])("a %s that comes after somebody else has answered is nobody's", async (_what, slow) => {
  const rejected: unknown[] = [];
  const listen = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", listen);
  onTestFinished(() => void process.off("unhandledRejection", listen));
  const answered = (): never => {
    throw new Error("headers are sent already");
  };
  const response = { headersSent: true, setHeader: answered, writeHead: answered, end: answered };
  serveRegistry(slow)({ method: "GET" } as IncomingMessage, response as unknown as ServerResponse);
  await new Promise(setImmediate); // by then Node.js has told of rejections that nobody handles
  expect(rejected).toEqual([]);
});
