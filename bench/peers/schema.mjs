// What every Node server here answers, and how each of them keeps the newest tick: one Redis subscription.
import { Redis } from "ioredis";

export const [port, redisUrl] = process.argv.slice(2);

export const typeDefs = `
  type Tick { symbol: String! seq: Int! timestamp: String! ask: String bid: String last: String }
  type Query { lastPrice(symbol: String!): Tick }
  type Subscription { ticks(symbol: String!): Tick! }
`;

export const newest = new Map();

export const lastPrice = (_, { symbol }) => newest.get(symbol) ?? null;

/** Calls `heard` with each message `{ticks: {...}}` of Redis, after having kept its tick. */
export async function follow(heard = () => {}) {
  const redis = new Redis(redisUrl);
  redis.on("pmessage", (_pattern, _channel, data) => {
    const message = JSON.parse(data);
    newest.set(message.ticks.symbol, message.ticks);
    heard(message);
  });
  await redis.psubscribe("ticks:*");
}
