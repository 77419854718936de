// GraphQL Yoga on Node's own HTTP server, for queries.
// Run: node bench/peers/yoga.mjs PORT REDIS_URL
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { follow, lastPrice, port, typeDefs } from "./schema.mjs";

const schema = createSchema({ typeDefs, resolvers: { Query: { lastPrice } } });
const yoga = createYoga({ schema, logging: false });

await follow();
createServer(yoga).listen(Number(port), "127.0.0.1");
