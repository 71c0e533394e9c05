import type { IncomingMessage, ServerResponse } from "node:http";
import { brief, sideBySide, withoutSid, type EngineRig } from "./engine-rig.ts";
import { once } from "./events.ts";
import { rawHttp, requestText, upgradeText } from "./raw.ts";

const HEADERS = [
  "content-type",
  "content-length",
  "content-encoding",
  "cache-control",
  "set-cookie",
  "x-xss-protection",
];
const WEBSOCKET = "EIO=4&transport=websocket";

sideBySide("the handshake over long-polling", [
  { name: "the answer", see: async (rig) => brief(await rig.get(), ...HEADERS) },
  {
    name: "of protocol 3",
    settings: { allowEIO3: true },
    see: async (rig) => brief(await rig.get("EIO=3&transport=polling"), ...HEADERS),
  },
  {
    name: "of protocol 3, as text",
    settings: { allowEIO3: true },
    see: async (rig) => brief(await rig.get("EIO=3&transport=polling&b64=1"), ...HEADERS),
  },
  {
    name: "protocol 3 refused",
    see: async (rig) => [brief(await rig.get("EIO=3&transport=polling"), ...HEADERS), rig.refusals],
  },
  {
    name: "an unknown transport",
    see: async (rig) => [brief(await rig.get("EIO=4&transport=tcp"), ...HEADERS), rig.refusals],
  },
  {
    name: "an unknown session",
    see: async (rig) => [brief(await rig.get("EIO=4&transport=polling&sid=x"), ...HEADERS), rig.refusals],
  },
  {
    name: "a POST",
    see: async (rig) => [brief(await rig.post("EIO=4&transport=polling", "40"), ...HEADERS), rig.refusals],
  },
  {
    name: "the websocket transport by plain HTTP",
    see: async (rig) => [brief(await rig.get(WEBSOCKET), ...HEADERS), rig.refusals],
  },
  {
    name: "another protocol than the session's",
    settings: { allowEIO3: true },
    see: async (rig) => {
      const { sid } = await rig.open();
      return [brief(await rig.get(`EIO=3&transport=polling&sid=${sid}`), ...HEADERS), rig.refusals];
    },
  },
  {
    name: "an origin with characters that no header may have",
    see: async (rig) => [brief(await rig.get(undefined, { origin: "http://a\u0001b" }), ...HEADERS), rig.refusals],
    // node:http refuses it before either sees it
  },
  {
    name: "Internet Explorer",
    see: async (rig) => brief(await rig.get(undefined, { "user-agent": "x;MSIE 9" }), ...HEADERS),
  },
  {
    name: "the options in the handshake",
    settings: { pingInterval: 7, pingTimeout: 8, maxHttpBufferSize: 9 },
    see: async (rig) => brief(await rig.get()),
  },
  { name: "polling alone", settings: { transports: ["polling"] }, see: async (rig) => brief(await rig.get()) },
  {
    name: "websocket alone",
    settings: { transports: ["websocket"] },
    see: async (rig) => [brief(await rig.get()), rig.refusals],
  },
  {
    name: "webtransport too",
    settings: { transports: ["polling", "websocket", "webtransport"] },
    see: async (rig) => brief(await rig.get()),
  },
  { name: "no upgrades", settings: { allowUpgrades: false }, see: async (rig) => brief(await rig.get()) },
]);

sideBySide("requests of a session", [
  {
    name: "a poll and a post",
    see: async (rig) => {
      const { query } = await rig.open();
      const messages: unknown[] = [];
      rig.sockets[0]?.on("message", (message) => messages.push(message));
      rig.sockets[0]?.send("out");
      return [
        brief(await rig.get(query), ...HEADERS),
        brief(await rig.post(query, "4in\u001ebAQI="), ...HEADERS),
        messages,
      ];
    },
  },
  {
    name: "nothing posted in binary",
    see: async (rig) => {
      const { query } = await rig.open();
      const closed = once(rig.sockets[0]!, "close");
      const answer = await rig.post(query, Buffer.from([1]), { "content-type": "application/octet-stream" });
      return [answer.status, (await closed)[0]];
    },
  },
  {
    name: "too much posted",
    settings: { maxHttpBufferSize: 10 },
    see: async (rig) => {
      const { query } = await rig.open();
      return (await rig.post(query, "4".repeat(20))).status;
    },
  },
  {
    name: "the transport of another kind",
    see: async (rig) => {
      const { sid } = await rig.open();
      return [brief(await rig.get(`EIO=4&transport=websocket&sid=${sid}`), ...HEADERS), rig.refusals];
    },
  },
]);

sideBySide("cookie", [
  ...(
    [
      true,
      { name: "sid" },
      { name: "io", path: "/x", httpOnly: false, sameSite: "none", secure: true },
      { name: "io", maxAge: 60, domain: "example.com" },
      { name: "io", path: false, sameSite: false },
      { name: "io", expires: new Date(0) },
    ] as never[]
  ).map((cookie) => ({
    name: JSON.stringify(cookie),
    settings: { cookie },
    see: async (rig: EngineRig) => {
      const { answer, query } = await rig.open();
      const { headers } = await rig.post(query, "4x");
      return [answer.headers["set-cookie"]?.replace(/=[^;]+/, "=…"), headers["set-cookie"] ?? "none"];
    },
  })),
  {
    name: "is the session's id",
    settings: { cookie: true },
    see: async (rig) => {
      const { answer, sid } = await rig.open();
      return answer.headers["set-cookie"]?.startsWith(`io=${sid};`);
    },
  },
]);

const long = "x".repeat(3_000);

sideBySide("httpCompression", [
  ...([undefined, true, false, { threshold: 10_000 }, { threshold: 10, level: 9 }] as never[]).flatMap(
    (httpCompression) =>
      ["gzip", "deflate", "br", "gzip;q=0, deflate", "*", "identity"].map((accept) => ({
        name: `${JSON.stringify(httpCompression)} for ${accept}`,
        settings: httpCompression === undefined ? {} : { httpCompression },
        see: async (rig: EngineRig) => {
          const { query } = await rig.open();
          rig.sockets[0]?.send(long);
          const { status, headers } = await rig.get(query, { "accept-encoding": accept });
          return [status, headers["content-encoding"] ?? "none", headers["content-type"]];
        },
      })),
  ),
  {
    name: "not for a message with compress: false",
    see: async (rig) => {
      const { query } = await rig.open();
      rig.sockets[0]?.send(long, { compress: false });
      return (await rig.get(query, { "accept-encoding": "gzip" })).headers["content-encoding"] ?? "none";
    },
  },
]);

/** What an application is asked, as far as it is the same at both. */
const about = ({ method, url, headers }: IncomingMessage): unknown => [method, withoutSid(url ?? ""), headers["x-who"]];

sideBySide("allowRequest", [
  ...(
    [
      ["allowed", (fn: Decide) => fn(null, true)],
      ["refused", (fn: Decide) => fn(null, false)],
      ["refused with a message", (fn: Decide) => fn("not you", false)],
      ["refused later", (fn: Decide) => void setImmediate(() => fn("later", false))],
      ["allowed in spite of a message", (fn: Decide) => fn("odd", true)],
    ] as const
  ).flatMap(([what, decide]) => [
    {
      name: `${what}, over long-polling`,
      settings: { allowRequest: (_req: unknown, fn: Decide) => decide(fn) } as never,
      see: async (rig: EngineRig) => [brief(await rig.get(), ...HEADERS), rig.refusals],
    },
    ...(what.startsWith("refused")
      ? [
          {
            name: `${what}, over WebSocket`,
            settings: { allowRequest: (_req: unknown, fn: Decide) => decide(fn) } as never,
            see: async (rig: EngineRig) => [brief(await rig.refused(WEBSOCKET)), rig.refusals],
          },
        ]
      : []),
  ]),
  {
    name: "is asked about handshakes only",
    see: async (rig) => {
      const asked: unknown[] = [];
      rig.engine.opts.allowRequest = (request, fn) => {
        asked.push(about(request));
        fn(null, true);
      };
      const { query } = await rig.open();
      await rig.post(query, "4x");
      await rig.get("EIO=4&transport=polling", { "x-who": "me" });
      return asked;
    },
  },
]);

type Decide = (error: string | null | undefined, success: boolean) => void;

sideBySide("attach", [
  ...(
    [
      [
        {},
        "/engine.io/?EIO=4&transport=polling",
        "/engine.io?EIO=4&transport=polling",
        "/engine.iox/?EIO=4&transport=polling",
      ],
      [
        { path: "/ws" },
        "/ws/?EIO=4&transport=polling",
        "/ws?EIO=4&transport=polling",
        "/engine.io/?EIO=4&transport=polling",
      ],
      [{ path: "/ws/" }, "/ws/?EIO=4&transport=polling", "/ws/sub?EIO=4&transport=polling"],
      [
        { path: "/ws", addTrailingSlash: false },
        "/ws?EIO=4&transport=polling",
        "/ws/?EIO=4&transport=polling",
        "/wsx?EIO=4&transport=polling",
      ],
    ] as const
  ).flatMap(([settings, ...targets]) =>
    targets.map((target) => ({
      name: `${JSON.stringify(settings)}: ${target}`,
      settings: settings as never,
      listener: (_request: unknown, response: ServerResponse) => void response.end("other"),
      see: async (rig: EngineRig) => brief(await rawHttp(rig.port, requestText("GET", target))),
    })),
  ),
  {
    name: "requests for other paths go to the listeners that were there",
    see: async (rig) => {
      const asked: unknown[] = [];
      const before = new rig.end.module.Server();
      const host = rig.http.removeAllListeners("request");
      host.on("request", (request, response) => {
        asked.push(request.url);
        response.end("application");
      });
      before.attach(host, { path: "/one" });
      rig.engine.attach(host, { path: "/two" });
      const answers = [];
      for (const path of ["/", "/one/?EIO=4&transport=polling", "/two/?EIO=4&transport=polling"]) {
        answers.push(brief(await rawHttp(rig.port, requestText("GET", path))));
      }
      return [answers, asked, before.clientsCount, rig.engine.clientsCount];
    },
  },
  ...[
    ["ends a handshake for another path that nobody answers in time", { destroyUpgradeTimeout: 20 }],
    ["waits a second if told nothing to wait", { destroyUpgradeTimeout: 0 }],
    ["leaves it alone if told to", { destroyUpgrade: false, destroyUpgradeTimeout: 20 }],
  ].map(([name, settings]) => ({
    name: name as string,
    settings: settings as never,
    see: async (rig: EngineRig) => {
      rig.http.on("upgrade", (_request, socket) => setTimeout(() => socket.end("HTTP/1.1 404 \r\n\r\nlate"), 200));
      return (await rawHttp(rig.port, upgradeText("/elsewhere/"))).body;
    },
  })),
]);
