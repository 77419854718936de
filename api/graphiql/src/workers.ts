import type { Environment } from "monaco-editor";

declare global {
  /** File names of the editor's workers, in the folder of this script. The build defines this constant. */
  const WORKERS: Readonly<Record<"editor" | "graphql" | "json", string>>;
}

// The editor asks for a worker by label. The workers are files because the page's Content-Security-Policy forbids
// `blob:` URLs.
const environment: Environment = {
  getWorker: (_id, label) =>
    new Worker(new URL(label === "graphql" || label === "json" ? WORKERS[label] : WORKERS.editor, import.meta.url)),
};
self.MonacoEnvironment = environment;
