import type { Server } from "socket.io";
import { describe, expect, test } from "vitest";
import { allPairs, oldPairs } from "./ends.ts";
import { eventually, once } from "./events.ts";
import { matrix } from "./rig.ts";

/** Far longer than an answer takes, so that only a lost one meets it. */
const AMPLE_MS = 15_000;

describe("acknowledgements", () => {
  matrix(
    ({ start }) => {
      test("callbacks, both ways", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("sum", (a, b, answer) => answer(a + b, { of: [a, b] }));
        client.on("sum", (a, b, answer) => answer(a + b));
        const up = new Promise((resolve) => client.emit("sum", 1, 2, (...args: unknown[]) => resolve(args)));
        const down = new Promise((resolve) => socket.emit("sum", 3, 4, (...args: unknown[]) => resolve(args)));
        expect(await up).toEqual([3, { of: [1, 2] }]);
        expect(await down).toEqual([7]);
      });

      test("answers out of order reach the call they belong to", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const waiting: (() => void)[] = [];
        socket.on("ask", (n, answer) => {
          waiting.push(() => answer(`answer ${n}`));
          if (waiting.length === 20) for (const reply of waiting.reverse()) reply();
        });
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, n) => new Promise((resolve) => client.emit("ask", n, resolve))),
        );
        expect(answers).toEqual(Array.from({ length: 20 }, (_, n) => `answer ${n}`));
      });

      test("an answer without arguments", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("ping me", (answer) => answer());
        const args = await new Promise((resolve) => client.emit("ping me", (...got: unknown[]) => resolve(got)));
        expect(args).toEqual([]);
      });

      test("only the first of two answers counts", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("twice", (answer) => {
          answer(1);
          answer(2);
        });
        const answers: unknown[] = [];
        client.emit("twice", (value: unknown) => answers.push(value));
        await new Promise((resolve) => client.emit("twice", resolve));
        expect(answers).toEqual([1]);
      });

      test("an emit, an answer and a disconnection of one turn arrive in that order", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const order: string[] = [];
        socket.on("leave", (answer) => {
          socket.emit("event");
          answer();
          socket.disconnect();
        });
        client.on("event", () => order.push("event"));
        const gone = once(client, "disconnect");
        client.emit("leave", () => order.push("answer"));
        await gone;
        expect(order).toEqual(["event", "answer"]);
      });
    },
    { pairs: [...allPairs, ...oldPairs] },
  );
});

describe("acknowledgements with promises and timeouts", () => {
  matrix(
    ({ start, pair }) => {
      test("emitWithAck, both ways, with and without a timeout", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("double", (n, answer) => answer(n * 2));
        client.on("double", (n, answer) => answer(n * 2));
        expect(await client.emitWithAck("double", 1)).toBe(2);
        expect(await socket.emitWithAck("double", 2)).toBe(4);
        expect(await client.timeout(AMPLE_MS).emitWithAck("double", 3)).toBe(6);
        expect(await socket.timeout(AMPLE_MS).emitWithAck("double", 4)).toBe(8);
      });

      test("a timeout gives the callback an error first, or null", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        socket.on("answered", (answer) => answer("yes"));
        client.on("answered", (answer) => answer("yes"));
        for (const end of [client, socket] as (typeof client)[]) {
          const good = await new Promise((resolve) =>
            end.timeout(AMPLE_MS).emit("answered", (...args: unknown[]) => resolve(args)),
          );
          expect(good).toEqual([null, "yes"]);
          const [error, ...rest] = await new Promise<unknown[]>((resolve) =>
            end.timeout(20).emit("silence", (...args: unknown[]) => resolve(args)),
          );
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).message).toBe("operation has timed out");
          expect(rest).toEqual([]);
        }
      });

      test("emitWithAck rejects at its timeout, and the late answer is ignored", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const lateAtServer = new Promise<() => void>((resolve) => socket.on("slow", resolve));
        const lateAtClient = new Promise<() => void>((resolve) => client.on("slow", resolve));
        const calls: unknown[] = [];
        await expect(client.timeout(20).emitWithAck("slow")).rejects.toThrow("operation has timed out");
        await expect(socket.timeout(20).emitWithAck("slow")).rejects.toThrow("operation has timed out");
        client.timeout(20).emit("slow", (...args: unknown[]) => calls.push(args));
        (await lateAtServer)();
        (await lateAtClient)();
        socket.on("fence", (answer) => answer());
        client.on("fence", (answer) => answer());
        await client.emitWithAck("fence");
        await socket.emitWithAck("fence");
        expect(calls.length).toBeLessThan(2);
      });

      test("a pending answer fails when the connection ends", async () => {
        const rig = await start();
        const { client, socket } = await rig.link();
        const atClient = client.emitWithAck("never");
        const fails = expect(atClient).rejects.toThrow("socket has been disconnected");
        const withTimeout = new Promise<unknown>((resolve) => client.timeout(AMPLE_MS).emit("never", resolve));
        // The incumbent's server lets such a promise hang for ever.
        const atServer = pair.server.ours ? expect(socket.emitWithAck("never")).rejects.toThrow() : undefined;
        await rig.stop();
        await fails;
        await atServer;
        expect((await withTimeout) as Error).toBeInstanceOf(Error);
      });

      test("ackTimeout and retries resend until answered, one at a time, in order", async () => {
        const rig = await start();
        const isHandledOnce = pair.server.ours && pair.client.ours;
        const heard: number[] = [];
        const resent = (n: number): boolean =>
          isHandledOnce ? repeatsAt(rig.io) >= n : heard.filter((value) => value === n).length >= 2;
        rig.io.on("connection", (socket) => {
          socket.on("job", async (n, answer) => {
            heard.push(n);
            if (isHandledOnce) await eventually(() => resent(n), "the event comes again");
            if (resent(n)) answer(`done ${n}`);
          });
        });
        const client = rig.client("/", { ackTimeout: 50, retries: isHandledOnce ? 400 : 5 });
        const answers = Promise.all([1, 2, 3].map((n) => client.emitWithAck("job", n)));
        expect(await answers).toEqual(["done 1", "done 2", "done 3"]);
        expect(heard).toEqual(heard.toSorted((a, b) => a - b));
        if (isHandledOnce) expect(heard).toEqual([1, 2, 3]);
        else for (const n of [1, 2, 3]) expect(heard.filter((value) => value === n).length).toBeGreaterThanOrEqual(2);
      });

      test("a broadcast collects every answer", async () => {
        const rig = await start();
        const links = await Promise.all([rig.link(), rig.link(), rig.link()]);
        for (const [index, { client }] of links.entries()) client.on("who", (q, answer) => answer(`${q}${index}`));
        const answers = await rig.io.timeout(AMPLE_MS).emitWithAck("who", "#");
        expect(answers.toSorted()).toEqual(["#0", "#1", "#2"]);
        const [error, viaCallback] = await new Promise<unknown[]>((resolve) =>
          rig.io.timeout(AMPLE_MS).emit("who", "@", (...args: unknown[]) => resolve(args)),
        );
        expect(error).toBe(null);
        expect((viaCallback as string[]).toSorted()).toEqual(["@0", "@1", "@2"]);
      });

      test("a broadcast to a room collects that room's answers only", async () => {
        const rig = await start();
        const links = await Promise.all([rig.link(), rig.link(), rig.link()]);
        for (const [index, { client }] of links.entries()) client.on("who", (answer) => answer(index));
        await links[0]?.socket.join("r");
        await links[2]?.socket.join("r");
        const inRoom = await rig.io.to("r").timeout(AMPLE_MS).emitWithAck("who");
        expect(inRoom.toSorted()).toEqual([0, 2]);
        const others = await links[0]?.socket.broadcast.timeout(AMPLE_MS).emitWithAck("who");
        expect(others?.toSorted()).toEqual([1, 2]);
        expect(await rig.io.to("nobody").timeout(AMPLE_MS).emitWithAck("who")).toEqual([]);
      });

      test("a broadcast's timeout hands over the answers that came", async () => {
        const rig = await start();
        const [one] = await Promise.all([rig.link(), rig.link()]);
        one?.client.on("who", (answer) => answer("here"));
        const [error, answers] = await new Promise<unknown[]>((resolve) =>
          rig.io.timeout(300).emit("who", (...args: unknown[]) => resolve(args)),
        );
        expect(error).toBeInstanceOf(Error);
        expect((error as Error).message).toBe("operation has timed out");
        expect(answers).toEqual(["here"]);
        const failure = await rig.io
          .timeout(300)
          .emitWithAck("who")
          .catch((reason: unknown) => reason);
        expect(failure).toMatchObject({ message: "operation has timed out", responses: ["here"] });
      });

      test("acknowledgements work in namespaces too", async () => {
        const rig = await start();
        rig.io.of("/deep").on("connection", (socket) => socket.on("q", (answer) => answer(socket.nsp.name)));
        const { client } = await rig.link("/deep");
        expect(await client.emitWithAck("q")).toBe("/deep");
      });
    },
    { pairs: allPairs.filter(({ server }) => server.oldest !== true) },
  );
});

/** How many events clients have sent again that our server had handled. */
function repeatsAt(io: Server): number {
  return (io as unknown as { stats(): { ignored: { repeats: number } } }).stats().ignored.repeats;
}
