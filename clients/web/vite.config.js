// Builds the board into api/web_board/dist: index.html, and in assets/ files whose names contain a hash of their
// content, each with a compressed copy beside it.
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const BOARD = fileURLToPath(new URL("../../api/web_board/", import.meta.url));
const API = process.env.TICKQL_API ?? "http://127.0.0.1:8000";
const COMPRESSIBLE = /\.(js|css|svg)$/;

/** Compresses the assets, then puts the new build in the place of the old one: no server reads half a build. */
function publish() {
  return {
    name: "publish",
    apply: "build",
    async closeBundle() {
      const assets = `${BOARD}dist.next/assets/`;
      const names = (await readdir(assets)).filter((name) => COMPRESSIBLE.test(name));
      await Promise.all(names.map((name) => compress(assets + name)));
      await rm(`${BOARD}dist`, { recursive: true, force: true });
      await rename(`${BOARD}dist.next`, `${BOARD}dist`);
    },
  };
}

async function compress(path) {
  await writeFile(`${path}.gz`, await promisify(gzip)(await readFile(path), { level: 9 }));
}

export default defineConfig({
  // All addresses are relative: the board works below any path.
  base: "./",
  plugins: [react(), publish()],
  build: { outDir: `${BOARD}dist.next`, emptyOutDir: true, assetsInlineLimit: 0, license: false },
  // `npm run dev` serves the board from its sources, with the prices of a running API.
  server: { proxy: { "^/(graphql|ticket|picture)": { target: API, ws: true, changeOrigin: true } } },
  test: { include: ["src/**/*.test.ts"] },
});
