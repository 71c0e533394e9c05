// What a measured process answers when it is asked for a CPU profile of itself.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";

const profiler = new Session();

export const profiling = {
  async profileStart() {
    profiler.connect();
    await profiler.post("Profiler.enable");
    await profiler.post("Profiler.setSamplingInterval", { interval: 100 });
    await profiler.post("Profiler.start");
    return {};
  },
  async profileStop({ file }) {
    const { profile } = await profiler.post("Profiler.stop");
    profiler.disconnect();
    writeFileSync(file, JSON.stringify(profile));
    return {};
  },
};
