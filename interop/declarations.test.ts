import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

/**
 * Programs in TypeScript against the declarations as they are published: in the packages' `dist`, bundled, and checked
 * themselves. It needs `pnpm run build` first.
 */
const root = new URL("../", import.meta.url);
const compiler = fileURLToPath(new URL("node_modules/typescript/bin/tsc6", root));
const run = promisify(execFile);

const requiring = `
  import sio = require("@halyard/server");
  import sioc = require("@halyard/client");
  interface Events { greet: (name: string) => void }
  const io: sio.Server = new sio.Server();
  const called: sio.Server = sio(3000, { path: "/x" });
  io.on("connection", (socket: sio.Socket) => socket.id);
  const options: Partial<sio.ServerOptions> = { pingInterval: 1 };
  const socket: sioc.Socket<Events> = sioc<Events>("http://localhost", { autoConnect: false });
  const same: sioc.Socket = sioc.default("http://localhost");
  const other: sioc.Socket = sioc.io({ autoConnect: false });
  const manager: sioc.Manager = new sioc.Manager("http://localhost");
  // @ts-expect-error the event takes a name
  socket.emit("greet", 1);
  export { called, manager, options, other, same };
`;

const importing = `
  import start, { Server, type ServerOptions } from "@halyard/server";
  import connect, { io, Manager, Socket } from "@halyard/client";
  const server: Server = start(3000);
  const options: Partial<ServerOptions> = {};
  const socket: Socket = io === connect ? io("http://localhost") : connect();
  const listen = (reason: Socket.DisconnectReason): void => console.log(reason);
  socket.on("disconnect", listen);
  // @ts-expect-error no such reason
  listen("no reason");
  export { Manager, options, server };
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "declarations-"));
  await symlink(fileURLToPath(new URL("node_modules", import.meta.url)), join(folder, "node_modules"));
});
afterEach(() => rm(folder, { recursive: true }));

/** What the compiler has to say about programs. */
async function complaints(programs: Readonly<Record<string, string>>): Promise<string> {
  for (const [file, program] of Object.entries(programs)) await writeFile(join(folder, file), program);
  const types = fileURLToPath(new URL("node_modules/@types", root));
  const compilerOptions = { strict: true, noEmit: true, target: "es2022", module: "nodenext", skipLibCheck: false };
  const files = Object.keys(programs);
  const tsconfig = { compilerOptions: { ...compilerOptions, types: ["node"], typeRoots: [types] }, files };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(tsconfig));
  const result = run(process.execPath, [compiler, "--pretty", "false", "--project", folder]);
  const { stdout, stderr } = await result.catch(
    (failure: { readonly stdout: string; readonly stderr: string }) => failure,
  );
  return stdout + stderr;
}

test("programs of either kind import both ends, with their types", async () => {
  const programs = { "requiring.cts": requiring, "importing.cts": importing, "importing.mts": importing };
  expect(await complaints(programs)).toBe("");
});
