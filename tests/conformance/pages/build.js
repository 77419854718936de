// Bundles each page that uses components from npm: <page>/main.* becomes .tickql/pages/<page>.js and .css.
import { readdir, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const BUILT = fileURLToPath(new URL("../../../.tickql/pages", import.meta.url));

const files = await readdir(HERE, { recursive: true });
const mains = files.filter((file) => /^[\w-]+\/main\.\w+$/.test(file));
await rm(`${BUILT}.next`, { recursive: true, force: true });
await build({
  absWorkingDir: HERE,
  entryPoints: Object.fromEntries(mains.map((file) => [file.split("/")[0], file])),
  outdir: `${BUILT}.next`,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  // zone.js patches promises and cannot patch `async` functions: Angular's own builds avoid them too.
  supported: { "async-await": false },
  define: {
    "process.env.NODE_ENV": '"production"',
    __VUE_OPTIONS_API__: "false",
    __VUE_PROD_DEVTOOLS__: "false",
    __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
  },
  alias: { vue: "vue/dist/vue.esm-bundler.js" },
  loader: { ".woff2": "dataurl", ".svg": "dataurl", ".png": "dataurl", ".gif": "dataurl" },
  logLevel: "warning",
  logOverride: { "css-syntax-error": "silent" },
});
await rm(BUILT, { recursive: true, force: true });
await rename(`${BUILT}.next`, BUILT);
