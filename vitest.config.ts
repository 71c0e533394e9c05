import { defineConfig } from "vitest/config";

// Vitest starts Node.js with these as --conditions; "import" among them would also apply to require() and break CommonJS packages.
const conditions = ["@halyard/source", "node", "module-sync"];
const node = {
  ssr: { resolve: { conditions, externalConditions: ["node", "module-sync"] } },
  resolve: { conditions },
};

export default defineConfig({
  test: {
    maxWorkers: 3, // of two cores: many tests wait for heartbeats, other processes and browsers
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        ...node,
        test: { name: "packages", include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"], testTimeout: 60_000 },
      },
      {
        ...node,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: "tsc",
            tsconfig: "./tsconfig.json",
            include: ["packages/*/src/**/*.test-d.ts"],
          },
        },
      },
      {
        ...node,
        test: { name: "interop", include: ["interop/**/*.test.ts"], testTimeout: 180_000, hookTimeout: 180_000 },
      },
    ],
  },
});
