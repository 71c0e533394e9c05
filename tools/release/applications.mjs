/**
 * @typedef {object} Application A kind of application that the packages must work in.
 * @property {string} name
 * @property {string} fixture Its files, a folder of `fixtures/`.
 * @property {"module" | "commonjs"} type
 * @property {Readonly<Record<string, string>>} [dependencies] Beside our own packages.
 * @property {readonly string[]} commands Each must succeed, in order.
 */

/** The oldest TypeScript that is supported, and the newest, by how they find modules. */
const compilers = { node16: "5.9.3", nodenext: "7.0.2", bundler: "7.0.2" };
const browser = { "playwright-core": "1.65.1" };
/** What `@halyard/metrics` hands its numbers to. */
const collectors = { "@opentelemetry/api": "1.9.1", "prom-client": "15.1.3" };

/** @type {readonly Application[]} */
export const applications = [
  { name: "esm", fixture: "runtime", type: "module", dependencies: collectors, commands: ["node esm.mjs"] },
  {
    name: "commonjs",
    fixture: "runtime",
    type: "commonjs",
    dependencies: collectors,
    commands: ["node commonjs.cjs"],
  },
  ...Object.entries(compilers).map(
    /** @returns {Application} */ ([resolution, typescript]) => ({
      name: `typescript-${resolution}`,
      fixture: "typescript",
      type: "module",
      dependencies: { ...collectors, typescript, "@types/node": "20.19.43" },
      commands: [`npx tsc -p tsconfig.${resolution}.json`, "node dist/application.js"],
    }),
  ),
  {
    name: "jest",
    fixture: "jest",
    type: "commonjs",
    dependencies: { jest: "30.5.2" },
    commands: ["npx jest --silent=false"],
  },
  {
    name: "vite",
    fixture: "browser",
    type: "module",
    dependencies: { ...browser, vite: "8.3.8" },
    commands: ["npx vite build --logLevel warn", "node open.mjs dist"],
  },
  {
    name: "webpack",
    fixture: "browser",
    type: "module",
    dependencies: { ...browser, webpack: "5.112.2" },
    commands: ["node webpack.mjs", "node open.mjs dist"],
  },
  {
    name: "esbuild",
    fixture: "browser",
    type: "module",
    dependencies: { ...browser, esbuild: "0.28.2" },
    commands: [
      "npx esbuild page.js --bundle --minify --format=esm --outfile=dist/page.js --log-level=warning",
      "node open.mjs dist",
    ],
  },
  {
    name: "deno",
    fixture: "runtime",
    type: "module",
    dependencies: { ...collectors, deno: "2.9.6" },
    commands: ["npx deno run --allow-all esm.mjs"],
  },
  {
    name: "bun",
    fixture: "runtime",
    type: "module",
    dependencies: { ...collectors, bun: "1.4.5" },
    commands: ["npx bun esm.mjs"],
  },
];
