import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { ServerOptions } from "socket.io";
import { describe, expect, onTestFinished, test } from "vitest";
import { serverEnds, type ServerEnd } from "../ends.ts";
import { once } from "../events.ts";

const ALLOWED = "https://app.example";
const STRANGER = "https://elsewhere.example";
const origins = [ALLOWED, STRANGER, "https://sub.app.example", undefined];

/** What applications give as `cors`: each form that the package `cors` takes. */
const forms: Readonly<Record<string, ServerOptions["cors"]>> = {
  "an origin": { origin: ALLOWED },
  "an origin and credentials": { origin: ALLOWED, credentials: true },
  "several origins": { origin: [ALLOWED, "https://other.example"] },
  "a regular expression": { origin: /\.example$/ },
  "origins and expressions": { origin: [ALLOWED, /sub\./] },
  "every origin": { origin: "*" },
  "every origin by default": {},
  "the request's origin": { origin: true, credentials: true },
  "no origin": { origin: false },
  "a function": { origin: (origin, done) => done(null, origin === ALLOWED) },
  "a function that names the origin": { origin: (_origin, done) => setImmediate(() => done(null, ALLOWED)) },
  "a function that fails": { origin: (_origin, done) => done(new Error("not you")) },
  "a function of the request": ((request: IncomingMessage, done: (error: null, options: object) => void) =>
    done(null, { origin: ALLOWED, credentials: request.url?.includes("x=1") })) as never,
  methods: { origin: ALLOWED, methods: ["GET", "POST"] },
  "methods as text": { origin: ALLOWED, methods: "GET,PUT" },
  "allowed headers": { origin: ALLOWED, allowedHeaders: ["x-token", "x-more"] },
  "exposed headers": { origin: ALLOWED, exposedHeaders: "x-answer" },
  "an age": { origin: ALLOWED, maxAge: 600 },
  "a preflight status": { origin: ALLOWED, optionsSuccessStatus: 200 },
  "preflights passed on": { origin: ALLOWED, preflightContinue: true },
};

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** The part of an answer that CORS is about, and of what kind it is. */
async function ask(url: string, method: string, headers: Readonly<Record<string, string>>): Promise<Answer> {
  const sent = request(url, { method, headers, agent: false });
  sent.on("upgrade", (response, socket) => {
    socket.destroy();
    sent.emit("answer", response);
  });
  sent.on("response", (response) => {
    response.resume().on("end", () => sent.emit("answer", response));
  });
  sent.end();
  const [{ statusCode, headers: answered }] = (await once(sent, "answer", { unless: ["error"] })) as [IncomingMessage];
  const relevant = Object.entries(answered).filter(([name]) => /^(vary|access-control-.*|content-type)$/.test(name));
  return { status: statusCode, headers: Object.fromEntries(relevant) };
}

async function serve(end: ServerEnd, cors: ServerOptions["cors"]): Promise<string> {
  const host = createServer();
  const io = new end.Server(host, { ...(cors !== undefined && { cors }) });
  host.listen(0, "127.0.0.1");
  await once(host, "listening");
  onTestFinished(() => io.close());
  return `http://127.0.0.1:${(host.address() as AddressInfo).port}/socket.io/`;
}

const query = "?EIO=4&x=1&transport";
const upgrade = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

/** Every answer that a browser's page may get. */
async function answers(url: string, origin: string | undefined): Promise<Record<string, Answer>> {
  const from = { ...(origin && { origin }) };
  const asked = { "access-control-request-method": "POST", "access-control-request-headers": "x-token" };
  return {
    preflight: await ask(`${url}${query}=polling`, "OPTIONS", { ...from, ...asked }),
    handshake: await ask(`${url}${query}=polling`, "GET", from),
    refusal: await ask(`${url}${query}=nothing`, "GET", from),
    upgrade: await ask(`${url}${query}=websocket`, "GET", { ...from, ...upgrade }),
    "client file": await ask(`${url}socket.io.js`, "GET", from),
    "client file's preflight": await ask(`${url}socket.io.js`, "OPTIONS", { ...from, ...asked }),
  };
}

/** What ours answers where the incumbent answers so: three things differ on purpose. */
function expectedOf(theirs: Record<string, Answer>, origin: string | undefined, guarded: boolean): unknown {
  const { handshake, upgrade, "client file": file, "client file's preflight": preflight } = theirs;
  const allowed = handshake?.headers["access-control-allow-origin"];
  const refused = guarded && origin !== undefined && allowed !== "*" && allowed !== origin;
  const vary = [file?.headers["vary"], "Accept-Encoding"].filter(Boolean).join(", ");
  const { "content-type": type, ...headers } = preflight?.headers ?? {};
  return {
    ...theirs,
    // browsers do not apply CORS to WebSockets: the server has to
    ...(refused && upgrade?.status === 101 && { upgrade: { status: 403, headers: { "content-type": "text/html" } } }),
    // caches have to know that there are compressed forms
    "client file": { status: file?.status, headers: { ...file?.headers, vary } },
    // a preflight that CORS does not answer gets the file there, and "method not allowed" here
    ...(type !== undefined && { "client file's preflight": { status: 405, headers } }),
  };
}

describe("the option cors, as the incumbent understands it:", () => {
  for (const [name, cors] of [...Object.entries(forms), ["none", undefined] as const]) {
    test(name, async () => {
      const [theirs, ours] = await Promise.all(serverEnds.map((end) => serve(end, cors)));
      for (const origin of origins) {
        const expected = expectedOf(await answers(theirs ?? "", origin), origin, cors !== undefined);
        expect({ origin, answers: await answers(ours ?? "", origin) }).toEqual({ origin, answers: expected });
      }
    });
  }
});
