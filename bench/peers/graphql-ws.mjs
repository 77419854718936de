// graphql-ws on ws, with graphql-redis-subscriptions: the usual set for subscriptions in Node.
// Run: node bench/peers/graphql-ws.mjs PORT REDIS_URL
import { once } from "node:events";
import { makeExecutableSchema } from "@graphql-tools/schema";
import { RedisPubSub } from "graphql-redis-subscriptions";
import { useServer } from "graphql-ws/use/ws";
import { Redis } from "ioredis";
import { WebSocketServer } from "ws";
import { lastPrice, port, redisUrl, typeDefs } from "./schema.mjs";

const subscriber = new Redis(redisUrl);
// ioredis stays deaf for ever when it is to subscribe while it is still checking whether Redis is ready.
await once(subscriber, "ready");
const pubsub = new RedisPubSub({ publisher: new Redis(redisUrl), subscriber });

const schema = makeExecutableSchema({
  typeDefs,
  resolvers: {
    Query: { lastPrice },
    Subscription: { ticks: { subscribe: (_, { symbol }) => pubsub.asyncIterableIterator(`ticks:${symbol}`) } },
  },
});

useServer({ schema }, new WebSocketServer({ host: "127.0.0.1", port: Number(port), path: "/graphql" }));
