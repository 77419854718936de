import { useEffect, useState } from "react";

import { tokenHeaders } from "../app/token.ts";

const TIMEOUT_MS = 10_000;

export interface LoadedPicture {
  /** An address of the picture for this page only; null: it is not there yet, or cannot be loaded. */
  source: string | null;
  problem: string | null;
}

const NOTHING: LoadedPicture = { source: null, problem: null };

/**
 * Loads the picture of a view. An image element cannot send a token, so it is fetched, and shown under an address that
 * only this page knows. The picture before stays until the new one is there. `url` is relative to the page; null: none.
 */
export function usePicture(url: string | null): LoadedPicture {
  const [loaded, setLoaded] = useState(NOTHING);
  useEffect(() => {
    if (url === null) {
      return undefined;
    }
    const leaving = new AbortController();
    let source: string | null = null;
    void load(url, leaving.signal).then(
      (picture) => {
        source = URL.createObjectURL(picture);
        setLoaded({ source, problem: null });
      },
      (error: unknown) => {
        if (!leaving.signal.aborted) {
          setLoaded({ source: null, problem: error instanceof Error ? error.message : String(error) });
        }
      },
    );
    return () => {
      leaving.abort();
      if (source !== null) {
        URL.revokeObjectURL(source);
      }
    };
  }, [url]);
  return url === null ? NOTHING : loaded;
}

async function load(url: string, leaving: AbortSignal): Promise<Blob> {
  const address = new URL(url, document.baseURI);
  const signal = AbortSignal.any([leaving, AbortSignal.timeout(TIMEOUT_MS)]);
  const response = await fetch(address, { headers: tokenHeaders(), cache: "no-store", signal });
  if (!response.ok) {
    throw new Error(
      response.status === 404 ? "the picture is gone already" : `the server answers ${String(response.status)}`,
    );
  }
  return await response.blob();
}
