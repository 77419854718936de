const PREFIX = "tickql:";

/**
 * Returns the browser's local storage with a prefix before each key.
 * Browsers share local storage between all programs that use the same host and port: without a prefix, the tabs of
 * another project's GraphiQL would appear here.
 */
export function tickqlStorage(): Storage {
  const own = (): string[] => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  return {
    get length() {
      return own().length;
    },
    key: (index) => own()[index]?.slice(PREFIX.length) ?? null,
    getItem: (key) => localStorage.getItem(PREFIX + key),
    setItem: (key, value) => {
      localStorage.setItem(PREFIX + key, value);
    },
    removeItem: (key) => {
      localStorage.removeItem(PREFIX + key);
    },
    clear: () => {
      for (const key of own()) {
        localStorage.removeItem(key);
      }
    },
  };
}
