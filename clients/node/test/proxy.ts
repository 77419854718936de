import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

import { WebSocketServer } from "ws";

/**
 * How a proxy treats WebSockets: forwards them, refuses them, accepts the connection and never answers, or opens them
 * and ends them with the code 1011, as one does that has lost its server.
 */
export type Upgrades = "forwarded" | "refused" | "swallowed" | "ended";

/** A proxy before a server. It forwards requests, and WebSockets as it is told to. */
export class Proxy {
  readonly url: string;
  upgrades: Upgrades;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #forwarded = new Set<[Socket, Socket]>();

  private constructor(server: Server, sockets: Set<Socket>, upgrades: Upgrades) {
    this.#server = server;
    this.#sockets = sockets;
    this.upgrades = upgrades;
    this.url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/graphql`;
  }

  static async before(target: string, upgrades: Upgrades): Promise<Proxy> {
    const { port } = new URL(target);
    const sockets = new Set<Socket>();
    const server = createServer((incoming, outgoing) => {
      const { method, url, headers } = incoming;
      const forwarded = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
        answer.on("error", () => outgoing.destroy());
      });
      forwarded.on("error", () => outgoing.destroy());
      outgoing.on("close", () => forwarded.destroy());
      incoming.pipe(forwarded);
    });
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new Proxy(server, sockets, upgrades);
    const webSockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (incoming, client: Socket, head: Buffer) => {
      if (proxy.upgrades === "refused") {
        client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
      } else if (proxy.upgrades === "ended") {
        webSockets.handleUpgrade(incoming, client, head, (socket) => {
          socket.close(1011);
        });
      } else if (proxy.upgrades === "forwarded") {
        const upstream = connect(Number(port), "127.0.0.1", () => {
          const lines = incoming.rawHeaders.flatMap((name, index, all) =>
            index % 2 === 0 ? [`${name}: ${String(all[index + 1])}`] : [],
          );
          upstream.write(`GET ${String(incoming.url)} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
          upstream.write(head);
          upstream.pipe(client).pipe(upstream);
          proxy.#forwarded.add([client, upstream]);
        });
        upstream.on("error", () => client.destroy());
        client.on("error", () => upstream.destroy());
        client.on("close", () => upstream.destroy());
      }
    });
    return proxy;
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) {
      socket.destroy();
    }
  }

  /** Forwards nothing more on the WebSockets that are open, and does not close them: as after a laptop has slept. */
  freeze(): void {
    for (const [client, upstream] of this.#forwarded) {
      client.unpipe(upstream);
      upstream.unpipe(client);
    }
    this.#forwarded.clear();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
