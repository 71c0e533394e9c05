import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { connected } from "./channels.ts";
import { clientEnds } from "./ends.ts";
import { record } from "./events.ts";
import { eventually } from "./redis/eventually.ts";
import { RedisServer } from "./redis/redis-server.ts";
import { SessionProcess, type Entry } from "./redis/session-process.ts";
import { startSwitchLine } from "./redis/switch-line.ts";

/** A namespace that a server creates when the first client asks for it knows what was sent to it on other servers. */
let redis: RedisServer;
beforeAll(async () => void (redis = await RedisServer.start()));
afterAll(() => redis.kill());

const { Manager } = clientEnds.find(({ ours, generation }) => ours && generation === 4)!;

test.each([
  { which: "runs already", namespace: "/late-1" },
  { which: "has started meanwhile", namespace: "/late-2" },
])(
  "its server is killed, and a client comes to one that $which, and lacks the namespace",
  async ({ which, namespace }) => {
    const entries: Entry[] = [];
    const start = (name: string) =>
      SessionProcess.start(name, redis.port, (entry) => void entries.push(entry), "streams");
    const [first, second] = [await start("a"), await start("b")];
    const third = which === "runs already" ? await start("c") : undefined;
    await first.sees(third === undefined ? 2 : 3);
    const line = await startSwitchLine(first.port);
    const enter = async (index: number, port: number) => {
      const manager = new Manager(`http://127.0.0.1:${port}`, { transports: ["websocket"], reconnectionDelay: 5 });
      const client = manager.socket(namespace, { auth: { index } });
      onTestFinished(() => {
        manager.reconnection(false);
        client.disconnect();
      });
      await connected(client);
      return { client, got: record(client, "n") };
    };
    const traveller = await enter(1, line.port);
    const other = await enter(2, second.port);
    const send = (node: SessionProcess, from: number): void => {
      for (let number = from; number < from + 10; number++) node.send(number, namespace);
    };
    const arrive = (got: readonly unknown[], count: number): Promise<void> =>
      eventually(`${count} have come`, () => got.length >= count);
    send(first, 0);
    send(second, 100);
    await arrive(traveller.got, 20);
    const last = third ?? (await start("c"));
    await second.sees(3);

    traveller.client.io.reconnection(false);
    const lost = new Promise((resolve) => traveller.client.once("disconnect", resolve));
    await first.kill();
    await lost;
    line.move(last.port, "reset");
    send(second, 110);
    await arrive(other.got, 30);
    traveller.client.io.reconnection(true);
    traveller.client.connect();
    await connected(traveller.client);
    expect(entries.at(-1)).toMatchObject({ index: 1, recovered: true });
    send(last, 200);
    await arrive(traveller.got, 40);
    const numbersOf = (name: string): unknown[] => traveller.got.flatMap(([sender, n]) => (sender === name ? [n] : []));
    const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, index) => from + index);
    expect([numbersOf("a"), numbersOf("b"), numbersOf("c")]).toEqual([range(0, 10), range(100, 20), range(200, 10)]);
  },
);
