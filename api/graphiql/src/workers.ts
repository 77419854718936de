import type { Environment } from "monaco-editor";

declare global {
  /** File names of the editor's workers, beside this script; written by the build. */
  const WORKERS: Readonly<Record<"editor" | "graphql" | "json", string>>;
}

// The editor asks for a worker by label. Files from our own server: the page's policy allows no blob: worker.
const environment: Environment = {
  getWorker: (_id, label) =>
    new Worker(new URL(label === "graphql" || label === "json" ? WORKERS[label] : WORKERS.editor, import.meta.url)),
};
self.MonacoEnvironment = environment;
