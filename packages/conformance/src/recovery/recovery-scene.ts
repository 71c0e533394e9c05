import type {
  LoggedPacket,
  NamespaceStorage,
  RecoveryLimits,
  RecoveryStorage,
  ReplayLog,
  SavedSession,
  Selection,
} from "@halyard/contracts";
import { check } from "../check.ts";
import type { ConformanceCase } from "../conformance-case.ts";
import type { RecoveryBench, RecoveryHarness } from "./recovery-harness.ts";

/** What a namespace was told. */
interface Told {
  /** Sessions, by their tokens, that were given up. */
  readonly forgotten: string[];
  /** Sessions, by their tokens, that other servers took. */
  readonly taken: string[];
}

/** One namespace as a server has it open. */
export interface Opened extends NamespaceStorage, Told {}

/** Larger than what any case needs, unless it says so. */
const AMPLE: RecoveryLimits = {
  maxDisconnectionMs: 60_000,
  maxLostSessions: 1_000,
  maxLogAgeMs: 60_000,
  maxLogPackets: 1_000,
  maxLogBytes: 1_048_576,
};

export const everybody: Selection = { rooms: [], except: [] };

/** Makes a case of what is done with a storage of its own. */
export function scene(
  harness: RecoveryHarness,
  name: string,
  run: (bench: RecoveryBench, namespace: Opened) => void | Promise<void>,
  limits: Partial<RecoveryLimits> = {},
): ConformanceCase {
  return {
    name,
    async run() {
      const bench = await harness.create({ ...AMPLE, ...limits });
      try {
        await run(bench, open(bench.storage));
      } finally {
        await bench.close();
      }
    },
  };
}

/** Opens a namespace and notes what it is told. */
export function open(storage: RecoveryStorage, namespace = "/"): Opened {
  const told: Told = { forgotten: [], taken: [] };
  const { sessions, log } = storage.open(namespace, {
    onForgotten: ({ pid }) => told.forgotten.push(pid),
    onTaken: ({ pid }) => told.taken.push(pid),
  });
  return { sessions, log, ...told };
}

/** A session of a client that has just connected. */
export function session({ epoch, position }: ReplayLog, pid: string, rest: Partial<SavedSession> = {}): SavedSession {
  const sid = `${pid}'s`;
  return {
    pid,
    sid,
    start: { epoch, position },
    memberships: [{ room: sid, after: position }],
    reached: position,
    data: { name: pid },
    ...rest,
  };
}

/** Logs as many packets. */
export function fill(log: ReplayLog, count: number, to: Selection | string = everybody): void {
  for (let n = 0; n < count; n++) log.append(to, [`2["n",${n}]`]);
}

/** The positions that are found after a position of the log itself. */
export async function positionsAfter(
  log: ReplayLog,
  position: number,
  sid = "nobody",
  rooms: readonly string[] = [],
): Promise<readonly number[] | undefined> {
  return (await log.readAfter({ epoch: log.epoch, position }, sid, rooms))?.map((packet) => packet.position);
}

/** The first text of each packet. */
export function textsOf(packets: readonly LoggedPacket[] | undefined): readonly unknown[] {
  check(packets !== undefined, "the log knows nothing of what it was asked for");
  return packets.map(({ messages }) => messages[0]);
}
