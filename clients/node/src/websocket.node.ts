import { type ClientOptions, WebSocket } from "ws";

/**
 * The WebSocket for Node.js, which has none of its own before version 22. Like those of browsers, and unlike that of
 * `ws`, it does not end the program when it fails and nobody listens: graphql-ws stops listening when it gives up.
 */
class QuietWebSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[], options?: ClientOptions) {
    super(address, protocols, options);
    this.on("error", () => undefined);
  }
}

export const webSocket: unknown = QuietWebSocket;
