// EventSource, as browsers have it: subscriptions over GET, resumed by the id of the last event.
import { EventSource } from "eventsource";
import { TICKS } from "../operations.js";

const address = (url, symbol) =>
  `${url}?query=${encodeURIComponent(TICKS)}&variables=${encodeURIComponent(JSON.stringify({ symbol }))}`;

export default function (url) {
  const open = new Set();
  return {
    follow(symbol, follower) {
      const source = new EventSource(address(url, symbol));
      open.add(source);
      source.addEventListener("next", ({ data }) => follower.receive(JSON.parse(data).data.ticks));
      source.addEventListener("complete", () => source.close());
      return () => source.close();
    },
    refusal: (symbol) =>
      new Promise((resolve) => {
        const source = new EventSource(address(url, symbol));
        source.addEventListener("next", ({ data }) => {
          source.close();
          resolve(JSON.parse(data).errors[0].extensions.code);
        });
      }),
    close() {
      for (const source of open) source.close();
    },
  };
}
