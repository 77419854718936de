/** The WebSocket of the browser, or of whatever runs this. */
export const webSocket: unknown = globalThis.WebSocket;
