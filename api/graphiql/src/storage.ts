const PREFIX = "tickql:";

/**
 * The browser's local storage under names of tickql's own.
 * Without it another project's GraphiQL, served earlier from the same host and port, would leave its tabs here.
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
