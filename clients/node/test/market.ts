import { spawn, type ChildProcess } from "node:child_process";
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

  /** Takes a token back. The server ends the connections that have it. */
  async revoke(token: string): Promise<void> {
    await this.#send({ revoke: token });
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
