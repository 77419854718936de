import { spawn, type ChildProcess } from "node:child_process";
import { createServer, request, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** A real tickql server with a market that ticks when it is told to: `tests/support/market_server.py`. */
export class MarketServer {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #previous: Promise<unknown> = Promise.resolve();

  private constructor(process: ChildProcess, lines: AsyncIterator<string>, url: string) {
    this.#process = process;
    this.#lines = lines;
    this.url = url;
  }

  static async start(...options: string[]): Promise<MarketServer> {
    const process = spawn(`${ROOT}.venv/bin/python`, ["-m", "tests.support.market_server", ...options], {
      cwd: ROOT,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    const first = await lines.next();
    if (first.done) {
      throw new Error("the server has not started");
    }
    return new MarketServer(process, lines, (JSON.parse(first.value) as { url: string }).url);
  }

  /** Publishes the next ticks of a symbol. LAST of its first tick is 1, then 2, and so on. */
  async tick(count = 1, symbol = "ES"): Promise<void> {
    await this.#send({ tick: count, symbol });
  }

  async restart(signal: "SIGINT" | "SIGTERM" | "SIGKILL"): Promise<void> {
    await this.#send({ restart: signal });
  }

  async stop(): Promise<void> {
    await this.#send({ stop: "SIGKILL" });
  }

  async start(): Promise<void> {
    await this.#send({ start: true });
  }

  /** Issues a token that lasts so many seconds; null: for ever. */
  async token(seconds: number | null): Promise<string> {
    return (await this.#send({ token: seconds })) as string;
  }

  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin?.end();
    await ended;
  }

  #send(command: object): Promise<unknown> {
    const answer = this.#previous.then(async () => {
      this.#process.stdin?.write(`${JSON.stringify(command)}\n`);
      const line = await this.#lines.next();
      if (line.done) {
        throw new Error("the server has ended");
      }
      return (JSON.parse(line.value) as { answer: unknown }).answer;
    });
    this.#previous = answer.catch(() => undefined);
    return answer;
  }
}

/** How a proxy treats WebSockets: forwards them, refuses them, or accepts the connection and never answers. */
export type Upgrades = "forwarded" | "refused" | "swallowed";

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
    server.on("upgrade", (incoming, client: Socket, head: Buffer) => {
      if (proxy.upgrades === "refused") {
        client.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
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
