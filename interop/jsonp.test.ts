import { describe, expect, test } from "vitest";
import { brief, engineEnds, sideBySide, startEngine, type EngineRig } from "./engine-rig.ts";
import { eventually, once } from "./events.ts";

const OLD = "EIO=3&transport=polling&j=0&b64=1";
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const HEADERS = ["content-type", "content-length", "content-encoding", "cache-control", "x-content-type-options"];

/** What the page's hidden form sends. */
const formOf = (payload: string): string =>
  `d=${encodeURIComponent(payload.replaceAll("\\n", "\\\n").replaceAll("\n", "\\n"))}`;

/** What the server makes of a form with that field. */
async function received(rig: EngineRig, form: string): Promise<unknown> {
  const { query } = await rig.open(OLD);
  const messages: unknown[] = [];
  rig.sockets.at(-1)?.on("message", (message) => messages.push(message));
  const answer = await rig.post(query, form, FORM);
  return [brief(answer, ...HEADERS), messages.map(String)];
}

sideBySide("polling by script tags", [
  ...["0", "12", "", "1);alert(1", "a7b"].map((index) => ({
    name: `the handshake of page function “${index}”`,
    settings: { allowEIO3: true },
    see: async (rig: EngineRig) => brief(await rig.get(`EIO=3&transport=polling&b64=1&j=${index}`), ...HEADERS),
  })),
  {
    name: "the handshake in protocol 4",
    see: async (rig: EngineRig) => brief(await rig.get("EIO=4&transport=polling&j=3"), ...HEADERS),
  },
  ...["plain", "é🚀", "\u2028 and \u2029", '");alert(1);//', "</script>", 'a\\nb\n"'].map((text) => ({
    name: `the message ${JSON.stringify(text)} to the page`,
    settings: { allowEIO3: true },
    see: async (rig: EngineRig) => {
      const { query } = await rig.open(OLD);
      rig.sockets.at(-1)?.send(text);
      return brief(await rig.get(query), ...HEADERS);
    },
  })),
  {
    name: "binary to the page",
    settings: { allowEIO3: true },
    see: async (rig: EngineRig) => {
      const { query } = await rig.open(OLD);
      rig.sockets.at(-1)?.send(Buffer.from([1, 2, 3]));
      return brief(await rig.get(query), ...HEADERS);
    },
  },
  {
    name: "a long answer is compressed",
    settings: { allowEIO3: true },
    see: async (rig: EngineRig) => {
      const { query } = await rig.open(OLD);
      rig.sockets.at(-1)?.send("x".repeat(5_000));
      const { status, headers } = await rig.get(query, { "accept-encoding": "gzip" });
      return [status, headers["content-encoding"], headers["content-type"]];
    },
  },
  ...["2:4a", "3:4é\n", "6:4a\\nb\n3:4c\n", "10:b4AQIDBA==", "2:4a2:4b"].map((payload) => ({
    name: `the posted payload ${JSON.stringify(payload)}`,
    settings: { allowEIO3: true },
    see: (rig: EngineRig) => received(rig, formOf(payload)),
  })),
  {
    name: "plus signs, escapes and other fields of the form",
    settings: { allowEIO3: true },
    see: (rig: EngineRig) => received(rig, "x=1&d=6%3A4a+b%2Bc&y=2"),
  },
  {
    name: "a client that has closed is answered",
    settings: { allowEIO3: true },
    see: async (rig: EngineRig) => {
      const { query } = await rig.open(OLD);
      const closed = once(rig.sockets[0]!, "close");
      const answer = await rig.post(query, formOf("1:1"), FORM);
      return [brief(answer, ...HEADERS), (await closed)[0], (await rig.get(query)).status];
    },
  },
  {
    name: "without allowEIO3 such a client is refused",
    see: async (rig: EngineRig) => [brief(await rig.get(OLD), ...HEADERS), rig.refusals],
  },
]);

describe("limits", () => {
  const [, ours] = engineEnds;
  if (ours === undefined) throw new Error("no end");

  test("a form above the limit gets 413 and ends the session", async () => {
    const rig = await startEngine(ours, { allowEIO3: true, maxHttpBufferSize: 1_000 });
    const { query } = await rig.open(OLD);
    const answer = await rig.post(query, `d=${"x".repeat(2_000)}`, FORM);
    expect([answer.status, rig.engine.clientsCount]).toEqual([413, 0]);
  });

  test.each(["", "x=1", "d=", "d=2%3A4a&d=2%3A4b", "d=99%3A4a", "d=1%3A9"])(
    "the malformed form “%s” gets 400 and ends the session",
    async (form) => {
      const rig = await startEngine(ours, { allowEIO3: true });
      const { query } = await rig.open(OLD);
      const closed = once(rig.sockets[0]!, "close");
      expect((await rig.post(query, form, FORM)).status).toBe(400);
      expect((await closed)[0]).toBe("parse error");
    },
  );

  test("such a client upgrades as any other", async () => {
    const rig = await startEngine(ours, { allowEIO3: true });
    const { query, sid } = await rig.open(OLD);
    const poll = rig.get(query);
    const socket = await rig.connect(`EIO=3&transport=websocket&sid=${sid}`);
    socket.ws.send("2probe");
    expect(await socket.next()).toBe("3probe");
    expect((await poll).body).toBe('___eio[0]("1:6");');
    socket.ws.send("5");
    await eventually(() => rig.sockets[0]?.transport.name === "websocket", "the upgrade");
    rig.sockets[0]?.send("there");
    expect(await socket.next()).toBe("4there");
  });
});
