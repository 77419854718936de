// Builds the page into dist/: index.html, and in assets/ files whose names contain a hash of their content.
// The build is written to a new folder, which replaces dist/ at the end: a running server never reads half a build.
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

// esbuild has stored the working directory at its import: `absWorkingDir` below gives it the right one.
const HERE = fileURLToPath(new URL(".", import.meta.url));
process.chdir(HERE);

const NEW_DIST = "dist.next";
const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
};
const common = {
  absWorkingDir: HERE,
  bundle: true,
  minify: true,
  metafile: true,
  outdir: `${NEW_DIST}/assets`,
  target: "es2022",
  define: { "process.env.NODE_ENV": '"production"' },
  legalComments: "external",
  logLevel: "warning",
};

/** Returns the name of the built file for each entry point, by the entry point's name. */
function outputs(result) {
  const named = Object.entries(result.metafile.outputs).filter(([, output]) => output.entryPoint !== undefined);
  return Object.fromEntries(named.map(([path]) => [basename(path).split("-")[0], basename(path)]));
}

await rm(NEW_DIST, { recursive: true, force: true });
const workers = await build({ ...common, entryPoints: WORKERS, entryNames: "[name]-[hash]", format: "iife" });
const page = await build({
  ...common,
  entryPoints: { main: "src/main.tsx" },
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  format: "esm",
  splitting: true,
  jsx: "automatic",
  loader: { ".ttf": "file" },
  define: { ...common.define, WORKERS: JSON.stringify(outputs(workers)) },
});
const icon = await build({
  ...common,
  entryPoints: { icon: "src/icon.svg" },
  entryNames: "[name]-[hash]",
  loader: { ".svg": "copy" },
});

const main = Object.entries(page.metafile.outputs).find(([, output]) => output.entryPoint === "src/main.tsx");
const names = { script: basename(main[0]), style: basename(main[1].cssBundle), icon: outputs(icon).icon };
const template = await readFile("src/index.html", "utf8");
await writeFile(
  `${NEW_DIST}/index.html`,
  template.replace(/{{(\w+)}}/g, (_, name) => names[name]),
);
await rm("dist", { recursive: true, force: true });
await rename(NEW_DIST, "dist");
