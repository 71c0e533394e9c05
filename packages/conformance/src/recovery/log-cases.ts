import type { RecoveryLimits } from "@halyard/contracts";
import { check, checkEqual } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import type { RecoveryHarness } from "./recovery-harness.ts";
import { everybody, fill, open, positionsAfter, scene, textsOf } from "./recovery-scene.ts";

/** Cases about the packets of one server. */
export function logCases(harness: RecoveryHarness): ConformanceCase[] {
  return [
    scene(harness, "log: positions are given at once, one by one from 1 on", (_bench, { log }) => {
      checkEqual([log.position, log.forgotten], [0, 0], "the places of an empty log");
      checkEqual(
        [1, 2, 3].map(() => log.append(everybody, ["2"]).position),
        [1, 2, 3],
        "the positions",
      );
      checkEqual([log.position, log.forgotten], [3, 0], "the places");
    }),
    scene(
      harness,
      "log: what a place says beside itself is short, and of characters that clients carry",
      (_bench, { log }) => {
        const origins = Array.from({ length: 100 }, (_, n) => ({
          epoch: `foreign${n % 10}`,
          position: n + 1,
          previous: n,
        }));
        for (const origin of [undefined, "unknown", ...origins] as const) {
          const hint = log.hint?.(log.position + 1, origin);
          if (hint !== undefined) check(/^[\w\-.:!*]{1,500}$/.test(hint), `the hint ${hint}`);
          log.append(everybody, ["2"], { isNeeded: true, isTold: false, ...(origin && { origin }) });
        }
      },
    ),
    scene(harness, "log: what follows a place is found, in order", async (_bench, { log }) => {
      fill(log, 5);
      checkEqual(await positionsAfter(log, 0), [1, 2, 3, 4, 5], "after the beginning");
      checkEqual(await positionsAfter(log, 3), [4, 5], "after the third");
      checkEqual(await positionsAfter(log, 5), [], "after the last");
    }),
    scene(
      harness,
      "log: what was for everybody, for a room, or for the socket alone is found once",
      async (_bench, { log }) => {
        const found = [1, 3, 4, 6];
        log.append({ rooms: ["r"], except: [] }, ["1"]);
        log.append({ rooms: ["other"], except: [] }, ["2"]);
        log.append("me", ["3"]);
        log.append({ rooms: ["s", "other", "r"], except: [] }, ["4"]);
        log.append("you", ["5"]);
        log.append(everybody, ["6"]);
        const positions = (await positionsAfter(log, 0, "me", ["r", "s", "r"])) ?? [];
        checkEqual(
          positions.filter((position) => found.includes(position)),
          found,
          "what must be found",
        );
        check(!positions.includes(5), "what was for another socket alone is found");
      },
    ),
    scene(harness, "log: packets come back as they were", async (_bench, { log }) => {
      const bytes = Uint8Array.of(1, 2, 3);
      log.append({ rooms: ["r"], except: ["x"] }, ['51-["a",{"_placeholder":true,"num":0},"é"]', bytes]);
      bytes.fill(9); // the application's own, to do with what it likes
      const [packet] = (await log.readAfter({ epoch: log.epoch, position: 0 }, "me", ["r"])) ?? [];
      checkEqual(
        packet && { position: packet.position, to: packet.to, messages: packet.messages },
        {
          position: 1,
          to: { rooms: ["r"], except: ["x"] },
          messages: ['51-["a",{"_placeholder":true,"num":0},"é"]', Uint8Array.of(1, 2, 3)],
        },
        "the packet",
      );
    }),
    scene(harness, "log: nothing is known of a place in another run", async ({ storage }, { log }) => {
      fill(log, 2);
      const other = open(storage, "/other").log;
      check(other.epoch !== log.epoch, "two namespaces have the same epoch");
      checkEqual(await log.readAfter({ epoch: "AAAAAAAA", position: 1 }, "me", []), undefined, "an unknown epoch");
      checkEqual(
        textsOf(await other.readAfter({ epoch: other.epoch, position: 0 }, "me", [])),
        [],
        "another namespace",
      );
    }),
    ...limitCases(harness),
  ];
}

function limitCases(harness: RecoveryHarness): ConformanceCase[] {
  const kilobyte = "x".repeat(1_000);
  const case_ = (name: string, limits: Partial<RecoveryLimits>, run: Parameters<typeof scene>[2]): ConformanceCase =>
    scene(harness, `log: ${name}`, run, limits);
  return [
    case_("keeps so many packets, and says what it has forgotten", { maxLogPackets: 3 }, async (_bench, { log }) => {
      fill(log, 5);
      checkEqual([log.position, log.forgotten], [5, 2], "the places");
      checkEqual(await positionsAfter(log, 2), [3, 4, 5], "what is left");
      checkEqual(await positionsAfter(log, 1), undefined, "after a place from which something is forgotten");
    }),
    case_(
      "the number of packets is for all namespaces together",
      { maxLogPackets: 3 },
      async ({ storage }, { log }) => {
        fill(log, 2);
        fill(open(storage, "/other").log, 2);
        checkEqual(log.forgotten, 1, "forgotten in the first namespace");
      },
    ),
    case_("keeps so many bytes", { maxLogBytes: 5_000 }, async (_bench, { log }) => {
      for (let n = 0; n < 20; n++) log.append(everybody, [kilobyte]);
      check(log.forgotten >= 15, `20 packets of 1,000 bytes, and only ${log.forgotten} of them are forgotten`);
      checkEqual(
        await positionsAfter(log, log.forgotten - 1),
        undefined,
        "after a place from which something is forgotten",
      );
      check(((await positionsAfter(log, log.forgotten)) ?? []).length > 0, "nothing is left");
    }),
    case_(
      "a packet that is larger than the log is forgotten at once",
      { maxLogBytes: 5_000 },
      async (_bench, { log }) => {
        log.append(everybody, [new Uint8Array(10_000)]);
        checkEqual([log.position, log.forgotten], [1, 1], "the places");
        checkEqual(await positionsAfter(log, 0), undefined, "before it");
        checkEqual(await positionsAfter(log, 1), [], "after it");
      },
    ),
    case_("keeps packets for so long", { maxLogAgeMs: 500 }, async (bench, { log }) => {
      fill(log, 2);
      await bench.pass(1_000);
      fill(log, 1);
      checkEqual(await positionsAfter(log, 0), undefined, "from the beginning");
      checkEqual(await positionsAfter(log, 2), [3], "what came later");
    }),
  ];
}
