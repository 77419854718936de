import { defineConfig } from "vitest/config";

// A machine may be slow and busy: deadlines are far longer than anything takes.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000, include: ["test/**/*.test.ts"] } });
