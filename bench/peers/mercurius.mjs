// Mercurius on Fastify, with JIT. Its own in-memory emitter, fed by one Redis subscription.
// Run: node bench/peers/mercurius.mjs PORT REDIS_URL
import Fastify from "fastify";
import mercurius from "mercurius";
import { follow, lastPrice, port, typeDefs } from "./schema.mjs";

const app = Fastify();
app.register(mercurius, {
  schema: typeDefs,
  resolvers: {
    Query: { lastPrice },
    Subscription: { ticks: { subscribe: (_, { symbol }, { pubsub }) => pubsub.subscribe(`ticks:${symbol}`) } },
  },
  subscription: true,
  jit: 1,
});

await app.ready();
await follow((message) => app.graphql.pubsub.publish({ topic: `ticks:${message.ticks.symbol}`, payload: message }));
await app.listen({ host: "127.0.0.1", port: Number(port) });
