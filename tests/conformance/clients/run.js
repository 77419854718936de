// Each client follows its symbol over several restarts of the server, which the program at the other end of the pipes
// makes: this one prints `ready` when every client has received further ticks, and reads a line for each restart.
//   node run.js URL RESTARTS
// At the end it prints one line of JSON for each client.
import { createInterface } from "node:readline";
import { Follower } from "./follower.js";
import * as apollo from "./kinds/apollo.js";
import eventSource from "./kinds/event-source.js";
import graphqlSse from "./kinds/graphql-sse.js";
import graphqlWs from "./kinds/graphql-ws.js";
import tickqlApollo from "./kinds/tickql-apollo.js";
import * as tickqlClient from "./kinds/tickql-client.js";
import * as urql from "./kinds/urql.js";
import { NO_SYMBOL } from "./operations.js";

const KINDS = {
  "graphql-ws": graphqlWs,
  "Apollo Client, GraphQLWsLink": apollo.webSocket,
  "Apollo Client, multipart": apollo.multipart,
  "urql, subscriptionExchange": urql.webSocket,
  "urql, fetchSubscriptions": urql.overFetch,
  "graphql-sse, distinct connections": graphqlSse,
  EventSource: eventSource,
  "tickql-client": (url) => tickqlClient.iterators(url, "websocket"),
  "tickql-client, server-sent events": (url) => tickqlClient.iterators(url, "sse"),
  "urql, tickql-client": tickqlClient.urql,
  "Apollo Client, clients/web/src/tickql": tickqlApollo,
};
const SYMBOLS = ["ES", "NQ", "YM", "RTY", "CL", "GC"];
const TICKS = 30;
const DEADLINE_MS = 60_000;
const [url, restarts] = process.argv.slice(2);

/** The value of a promise, or the error that it comes too late. */
function inTime(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing for ${DEADLINE_MS / 1000} s`)), DEADLINE_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

async function outcome(make) {
  try {
    return (await make()) ?? null;
  } catch (error) {
    return String(error);
  }
}

function start([name, make], index) {
  const client = make(url);
  const symbol = SYMBOLS[index % SYMBOLS.length];
  const follower = new Follower();
  return { name, client, symbol, follower, stop: client.follow(symbol, follower) };
}

async function finish({ name, client, symbol, follower, stop, failures }) {
  const price = client.price && (await outcome(() => inTime(client.price(symbol), "a query")));
  const refusal = await outcome(() => inTime(client.refusal(NO_SYMBOL), "a refused query"));
  // Nothing may come after the end of a subscription.
  stop();
  follower.close();
  const other = new Follower();
  const stopOther = client.follow(symbol, other);
  await outcome(() => inTime(other.more(TICKS), "a second subscription"));
  stopOther();
  await outcome(() => inTime(Promise.resolve(client.close()), "close"));
  const { ticks, holes, repeats, gaps, afterClose } = follower;
  return { name, ticks, holes, repeats, gaps, afterClose, again: other.ticks, price, refusal, failures };
}

const running = Object.entries(KINDS).map(start);
for (const each of running) each.failures = [];
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (let restart = 0; restart <= restarts; restart += 1) {
  if (restart > 0) await lines.next();
  await Promise.all(
    running.map(async ({ name, follower, failures }) => {
      const failure = await inTime(follower.more(TICKS), `restart ${restart}`).catch((error) => error.message);
      if (failure) failures.push(failure);
    }),
  );
  console.log("ready");
}
for (const result of await Promise.all(running.map(finish))) console.log(JSON.stringify(result));
process.exit(0);
