import { expect, test } from "vitest";
import { programs, provide } from "./system.mjs";

interface Setup {
  readonly files?: string[];
  readonly env?: Record<string, string>;
  readonly isRoot?: boolean;
  readonly aptInstalls?: string;
}

function machineWith({ files = [], env = {}, isRoot = false, aptInstalls }: Setup) {
  const present = new Set(files);
  const commands: string[] = [];
  const machine = {
    env: { PATH: "/usr/local/bin:/usr/bin", ...env },
    isRoot,
    isExecutable: (path: string) => present.has(path),
    run(command: string, args: readonly string[]) {
      commands.push([command, ...args].join(" "));
      if (args[0] === "install" && aptInstalls !== undefined) present.add(aptInstalls);
      return true;
    },
  };
  return { machine, commands };
}

test("a program on the PATH is used, and nothing is installed", () => {
  const { machine, commands } = machineWith({ files: ["/usr/bin/valkey-server"], isRoot: true });
  expect(provide(programs.redis, machine)).toBe("/usr/bin/valkey-server");
  expect(commands).toEqual([]);
});

test("a server is found where Debian keeps it, also by those whose PATH does not lead there", () => {
  const { machine } = machineWith({ files: ["/usr/sbin/nginx"] });
  expect(provide(programs.nginx, machine)).toBe("/usr/sbin/nginx");
});

test("the environment variable wins over the PATH", () => {
  const { machine } = machineWith({
    files: ["/usr/bin/chromium", "/opt/chrome"],
    env: { CHROMIUM_PATH: "/opt/chrome" },
  });
  expect(provide(programs.chromium, machine)).toBe("/opt/chrome");
});

test("an environment variable that names nothing is an error, not a reason to look elsewhere", () => {
  const { machine } = machineWith({ files: ["/usr/bin/chromium"], env: { CHROMIUM_PATH: "/opt/gone" } });
  expect(() => provide(programs.chromium, machine)).toThrow('CHROMIUM_PATH is "/opt/gone"');
});

test("root on Debian gets a missing program installed", () => {
  const { machine, commands } = machineWith({
    files: ["/usr/bin/apt-get"],
    isRoot: true,
    aptInstalls: "/usr/bin/chromium",
  });
  expect(provide(programs.chromium, machine)).toBe("/usr/bin/chromium");
  expect(commands).toEqual(["apt-get update -qq", "apt-get install -y -qq --no-install-recommends chromium"]);
});

test("an installation that brings nothing is reported", () => {
  const { machine } = machineWith({ files: ["/usr/bin/apt-get"], isRoot: true });
  expect(() => provide(programs.redis, machine)).toThrow('Installing Debian\'s package "redis-server" failed');
});

test.each([
  { isRoot: false, files: ["/usr/bin/apt-get"] },
  { isRoot: true, files: [] },
])("who cannot install is told what to do (%o)", (setup) => {
  const { machine, commands } = machineWith(setup);
  expect(() => provide(programs.redis, machine)).toThrow("set REDIS_SERVER_PATH to its path");
  expect(commands).toEqual([]);
});
