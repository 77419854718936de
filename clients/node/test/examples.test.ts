import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { MarketServer } from "./market.js";

it("the plain WebSocket example prints each tick, over a restart", async () => {
  const market = await MarketServer.start();
  await market.tick(1);
  const file = fileURLToPath(new URL("../examples/websocket.js", import.meta.url));
  const address = market.url.replace("http", "ws").replace("/graphql", "/ws/ES");
  const webSocket = new URL("global-websocket.js", import.meta.url).href;
  const example = spawn(process.execPath, ["--import", webSocket, file, address], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: example.stdout })[Symbol.asyncIterator]();
  const prices: string[] = [];
  const read = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const line = (await lines.next()) as { value: string };
      prices.push(line.value.split(" ").at(-1) ?? "");
    }
  };
  await read(1);
  await Promise.all([market.restart("SIGKILL"), market.tick(10)]);
  await read(10);
  expect(prices).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
  example.kill();
  await market.end();
});
