import { defineConfig } from "vitest/config";

const conditions = ["@halyard/source", "node", "module-sync", "import", "default"];
const node = {
  ssr: { resolve: { conditions, externalConditions: ["module-sync", "import", "node", "default"] } },
  resolve: { conditions },
};

export default defineConfig({
  test: {
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: [
      {
        ...node,
        test: { name: "packages", include: ["packages/*/src/**/*.test.ts", "tools/**/*.test.ts"], testTimeout: 30_000 },
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
        test: { name: "interop", include: ["interop/**/*.test.ts"], testTimeout: 60_000, hookTimeout: 60_000 },
      },
    ],
  },
});
