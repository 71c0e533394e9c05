// One round of one scenario against one target: a fresh server process and a fresh generator process.
import { setTimeout as wait } from "node:timers/promises";
import { launch } from "./process.mjs";

/** Server CPU per message over a window of time, after a warm-up. */
export function measureLoad(context, { server, open, load, parameters }) {
  return withProcesses(context, server, [], async (host, generator) => {
    await generator.call("open", { port: host.port, kind: host.kind, ...open });
    await generator.call("start", { load, parameters });
    await wait(context.warmMs);
    await generator.call("mark"); // drops the latencies of the warm-up
    if (context.profile) await host.call("profileStart");
    const before = await both(host, generator);
    await wait(context.windowMs);
    const after = await both(host, generator);
    if (context.profile) await stopProfile(context, host);
    await generator.call("stop");
    const serverMs = after.host.atMs - before.host.atMs;
    const cpuUs = cpuBetween(before.host, after.host);
    return {
      "msg/s":
        ((after.generator.count - before.generator.count) / (after.generator.atMs - before.generator.atMs)) * 1_000,
      "cpu µs/msg": cpuUs / (after.host.handled - before.host.handled),
      "server cpu %": cpuUs / serverMs / 10,
      "p50 ms": after.generator.latency.p50,
      "p99 ms": after.generator.latency.p99,
      lost: after.generator.lost,
    };
  });
}

/** The latency of clients at ordinary load, before and while another client attacks. */
export function measureBeside(context, { attack, rate }) {
  return withProcesses(context, {}, [], async (host, generator) => {
    await generator.call("open", { port: host.port, count: 50 });
    await generator.call("start", { load: "openLoop", parameters: { rate, event: "echo" } });
    await wait(context.warmMs);
    await generator.call("mark");
    await wait(context.windowMs);
    const quiet = await generator.call("mark");
    const attacker = await launch("load/generator.mjs");
    try {
      await attacker.call("open", { port: host.port, count: 1, ...attack.open });
      await attacker.call("start", { load: attack.load, parameters: attack.parameters ?? {} });
      await wait(context.warmMs);
      await generator.call("mark");
      const before = await host.call("mark");
      await wait(context.windowMs);
      const after = await host.call("mark");
      const { latency } = await generator.call("mark");
      return {
        "quiet p99 ms": quiet.latency.p99,
        "p50 ms": latency.p50,
        "p99 ms": latency.p99,
        "events/s": ((after.handled - before.handled) / (after.atMs - before.atMs)) * 1_000,
        "rss MB": after.rss / 1e6,
      };
    } finally {
      await attacker.kill();
    }
  });
}

/** Server CPU per connection that is opened and closed. */
export function measureChurn(context, options) {
  return withProcesses(context, { bare: true }, [], async (host, generator) => {
    const churn = (count) => generator.call("churn", { port: host.port, kind: host.kind, count, ...options });
    await churn(1_500);
    await generator.call("mark");
    if (context.profile) await host.call("profileStart");
    const before = await host.call("mark");
    const { opened, failed, ms } = await churn(2_000);
    const after = await host.call("mark");
    if (context.profile) await stopProfile(context, host);
    const { latency } = await generator.call("mark");
    return {
      "conn/s": (opened / ms) * 1_000,
      "cpu µs/conn": cpuBetween(before, after) / opened,
      "p50 ms": latency.p50,
      "p99 ms": latency.p99,
      failed,
    };
  });
}

/** Memory per idle connection, after collecting garbage. */
export function measureMemory(context, { count }) {
  return withProcesses(context, { bare: true }, ["--expose-gc"], async (host, generator) => {
    const open = (connections) => generator.call("open", { port: host.port, kind: host.kind, count: connections });
    await open(200);
    await generator.call("closeAll");
    const memoryBefore = await host.call("memory");
    const before = await host.call("mark");
    await open(count);
    const after = await host.call("mark");
    const memoryAfter = await host.call("memory");
    return {
      "rss B/conn": (memoryAfter.rss - memoryBefore.rss) / count,
      "heap B/conn": (memoryAfter.heapUsed - memoryBefore.heapUsed) / count,
      "cpu µs/conn": cpuBetween(before, after) / count,
    };
  });
}

async function withProcesses({ target, serverOptions }, options, execArgv, use) {
  // native add-ons of ws are off for every target alike
  const env = { WS_NO_BUFFER_UTIL: "1", WS_NO_UTF_8_VALIDATE: "1" };
  const host = await launch("server/host.mjs", [target, JSON.stringify({ ...options, server: serverOptions })], {
    env,
    execArgv,
  });
  let generator;
  try {
    generator = await launch("load/generator.mjs");
    return await use(host, generator);
  } finally {
    await generator?.kill();
    await host.kill();
  }
}

function stopProfile({ scenario, target }, host) {
  return host.call("profileStop", { file: `results/${scenario}-${target}.cpuprofile` });
}

async function both(host, generator) {
  const [hostMark, generatorMark] = await Promise.all([host.call("mark"), generator.call("mark")]);
  return { host: hostMark, generator: generatorMark };
}

function cpuBetween(before, after) {
  return after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
}
