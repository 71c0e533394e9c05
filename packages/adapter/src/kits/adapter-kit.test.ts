import type { Adapter, AdapterFactory, AdapterHost, ClusterQuery } from "@halyard/contracts";
import { adapterCases, type AdapterHarness } from "@halyard/conformance";
import { describe, expect, test } from "vitest";
import { createClusterAdapter, createInMemoryAdapter, MemoryNetwork, type NetworkFaults } from "../index.ts";

/** What a defect changes in an adapter, which `is` as it should be; also through what its host is told. */
interface Defect {
  readonly host?: (is: AdapterHost) => AdapterHost;
  readonly adapter?: (is: Adapter, host: AdapterHost) => Partial<Adapter>;
}

/** Quick enough for tests, and slow enough for a machine that is busy. */
const OPTIONS = { heartbeatInterval: 500, heartbeatTimeout: 5_000 };

function harness(defect: Defect = {}, faults: NetworkFaults = {}, timeoutMs = 20_000): AdapterHarness {
  return {
    timeoutMs,
    prepare() {
      const network = new MemoryNetwork({ faults });
      const names = new Map<AdapterFactory, string>();
      return {
        join() {
          const bus = network.join();
          const factory = createClusterAdapter(bus, OPTIONS);
          const made: AdapterFactory = (host) => {
            const changed = defect.host?.(host) ?? host;
            const is = factory(changed);
            return { ...is, ...defect.adapter?.(is, host) };
          };
          names.set(made, bus.nodeId);
          return made;
        },
        kill(factory) {
          const dead = names.get(factory);
          network.partition([...names.values()].filter((name) => name !== dead));
        },
      };
    },
  };
}

describe("the adapter of a server that is alone", () => {
  const prepare = () => ({ join: () => createInMemoryAdapter() });
  for (const { name, run } of adapterCases({ isAlone: true, prepare })) test(name, run);
});

describe("the cluster adapter over a bus in memory", () => {
  for (const { name, run } of adapterCases(harness())) test(name, run);
});

describe("the cluster adapter over a slow bus", () => {
  for (const { name, run } of adapterCases(harness({}, { delayMs: 20 }))) test(name, run);
});

/** Replaces the answers to queries. */
function asking(change: (is: Adapter, query: ClusterQuery, signal: AbortSignal) => AsyncIterable<any>): Defect {
  return { adapter: (is) => ({ query: (query, signal) => change(is, query, signal) }) };
}

/** Changes what hosts are told to do. */
function executing(change: (is: AdapterHost, command: any) => void): Defect {
  return { host: (is) => ({ ...is, execute: (command) => change(is, command) }) };
}

/** Changes what hosts answer. */
function answering(change: (is: AdapterHost, query: any, signal: AbortSignal) => AsyncIterable<any>): Defect {
  return { host: (is) => ({ ...is, answer: (query, signal) => change(is, query, signal) }) };
}

const HANGING: AsyncIterable<never> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };

/** Defects, each with a case that has to find it. */
const broken: Record<string, [finder: string, defect: Defect]> = {
  "executes its own commands": [
    "a command reaches every other server, once, and not its own",
    {
      adapter: (is, host) => ({
        publish(command) {
          is.publish(command);
          host.execute(command);
        },
      }),
    },
  ],
  "executes commands twice": [
    "a command reaches every other server, once, and not its own",
    executing((is, command) => {
      is.execute(command);
      is.execute(command);
    }),
  ],
  "forgets flags": [
    "every kind of command arrives as it was",
    executing((is, command) => is.execute({ ...command, ...(command.volatile && { volatile: false }) })),
  ],
  "forgets exceptions": [
    "every kind of command arrives as it was",
    executing((is, command) => is.execute({ ...command, ...(command.to && { to: { ...command.to, except: [] } }) })),
  ],
  "lets some commands overtake others": [
    "commands of one server arrive in order, whatever their kinds",
    {
      adapter: (is) => ({
        publish(command) {
          if (command.kind === "serverEvent") is.publish(command);
          else setImmediate(() => is.publish(command));
        },
      }),
    },
  ],
  "mixes namespaces up": [
    "a command is for the namespace that it was published in",
    (() => {
      const hosts = new Set<AdapterHost>();
      return {
        host: (is: AdapterHost) => {
          hosts.add(is);
          return { ...is, execute: (command) => hosts.forEach((host) => host.execute(command)) };
        },
      };
    })(),
  ],
  "reads commands late": [
    "what a command holds is read when it is published, not later",
    { adapter: (is) => ({ publish: (command) => void setImmediate(() => is.publish(command)) }) },
  ],
  "throws for data that cannot be sent": [
    "data that cannot be sent concerns nobody else",
    {
      adapter: (is) => ({
        publish(command) {
          JSON.stringify(command);
          is.publish(command);
        },
      }),
    },
  ],
  "loses rooms that come back": [
    "rooms that come and go leave the rest as it was",
    executing((is, command) => void (command.to?.rooms?.[0] !== "r" && is.execute(command))),
  ],
  "goes on after it was closed": [
    "a closed adapter takes and delivers nothing, without an error",
    { adapter: () => ({ close: () => Promise.resolve() }) },
  ],
  "asks itself, too": [
    "a query reaches every other server, once, as it was; it ends when all have answered",
    {
      adapter: (is, host) => ({
        async *query(query, signal) {
          yield* is.query(query, signal);
          yield* host.answer(query, signal);
        },
      }),
    },
  ],
  "loses an answer": [
    "a query reaches every other server, once, as it was; it ends when all have answered",
    asking(async function* (is, query, signal) {
      let index = 0;
      for await (const reply of is.query(query, signal)) if (index++ > 0) yield reply;
    }),
  ],
  "cuts long answers off": [
    "sockets are described whole, however many there are",
    answering(async function* (is, query, signal) {
      let index = 0;
      for await (const reply of is.answer(query, signal)) if (index++ < 256) yield reply;
    }),
  ],
  "counts one server only": [
    "counts and rooms come from every server",
    asking(async function* (is, query, signal) {
      for await (const reply of is.query(query, signal)) {
        yield reply;
        if (reply.kind === "count") return;
      }
    }),
  ],
  "keeps answers back until the end": [
    "the answers of clients come as they are given, and end with the last one",
    asking(async function* (is, query, signal) {
      const all = [];
      for await (const reply of is.query(query, signal)) all.push(reply);
      yield* all;
    }),
  ],
  "waits for clients that have left": [
    "a server whose clients have left before they answered is not waited for",
    answering(async function* (is, query, signal) {
      yield* is.answer(query, signal);
      yield* HANGING;
    }),
  ],
  "hides who is missing": [
    "when the time is over, what has arrived is there, and who has not finished is named",
    asking(async function* (is, query, signal) {
      for await (const reply of is.query(query, signal)) if (reply.kind !== "missing") yield reply;
    }),
  ],
  "throws away what has arrived": [
    "when the time is over, what has arrived is there, and who has not finished is named",
    asking(async function* (is, query, signal) {
      const all = [];
      for await (const reply of is.query(query, signal)) all.push(reply);
      yield* all.filter(({ kind }) => kind === "missing");
    }),
  ],
  "does not look at the time": [
    "when the time is over, what has arrived is there, and who has not finished is named",
    asking((is, query) => is.query(query, new AbortController().signal)),
  ],
  "misses that the time was over before": [
    "a query whose time is over before it begins ends at once",
    asking((is, query) => is.query(query, new AbortController().signal)),
  ],
  "mixes answers up": [
    "queries at the same time get their own answers",
    (() => {
      let first: any;
      return answering((is, query, signal) => is.answer((first ??= query), signal));
    })(),
  ],
  "gets stuck when a query is left": [
    "a query can be left before its end",
    (() => {
      let isStuck = false;
      return asking(async function* (is, query, signal) {
        if (isStuck) yield* HANGING;
        isStuck = true;
        yield* is.query(query, signal);
        isStuck = false;
      });
    })(),
  ],
  "gives up when one server fails": [
    "a server that fails to answer does not spoil the answers of the others",
    asking(async function* (is, query, signal) {
      const all = [];
      for await (const reply of is.query(query, signal)) all.push(reply);
      if (all.some(({ kind }) => kind === "missing")) throw new Error("somebody has not answered");
      yield* all;
    }),
  ],
  "counts a server too many": [
    "the first server of a cluster is alone",
    { adapter: (is) => ({ serverCount: async () => 1 + (await is.serverCount()) }) },
  ],
  "counts for good": [
    "a server that leaves is counted, and waited for, no longer",
    {
      adapter(is) {
        let most = 1;
        return { serverCount: async () => (most = Math.max(most, await is.serverCount())) };
      },
    },
  ],
  "knows only who was there before": [
    "servers that join later are counted, reached and asked",
    (() => {
      let first: Adapter | undefined;
      return {
        adapter: (is: Adapter) => {
          first ??= is;
          return is === first ? { query: () => ({ async *[Symbol.asyncIterator]() {} }) } : {};
        },
      };
    })(),
  ],
  "waits for the dead": [
    "a server that dies is noticed, in the middle of a query, too",
    asking(async function* (is, query, signal) {
      for await (const reply of is.query(query, signal))
        if (reply.kind === "missing" && reply.reason === "left") yield* HANGING;
        else yield reply;
    }),
  ],
  "waits for servers that lack the namespace": [
    "a namespace that only some servers have is nobody's wait",
    {
      host: (is) => is,
      adapter: (is, host) => ({
        async *query(query, signal) {
          yield* is.query(query, signal);
          if (host.namespace !== "/") yield* HANGING;
        },
      }),
    },
  ],
};

describe("the kit finds an adapter that", () => {
  test.each(Object.entries(broken))("%s", async (_name, [finder, defect]) => {
    const timeoutMs = finder.includes("dies") ? 8_000 : 500;
    const found = adapterCases(harness(defect, {}, timeoutMs)).find(({ name }) => name === finder);
    await expect(found?.run()).rejects.toThrow();
  });
});
