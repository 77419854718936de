// Apollo Client 4: queries over HttpLink; subscriptions over GraphQLWsLink or, as multipart, over HttpLink.
import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { NO_SYMBOL, PRICE, restarting, resuming, TICKS } from "../operations.js";
import { webSocketClient } from "./graphql-ws.js";

const ticks = gql(TICKS);
const price = gql(PRICE);
/** Where the context of an operation has variables that are read anew: Apollo copies those of the operation. */
const RESUME = "resume";

function apollo(link, follow, close = () => {}) {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const query = (symbol) => client.query({ query: price, variables: { symbol }, fetchPolicy: "no-cache" });
  return {
    follow: (symbol, follower) => follow(client, symbol, follower),
    price: async (symbol) => (await query(symbol)).data.lastPrice,
    refusal: (symbol) => query(symbol).catch((error) => error.errors[0].extensions.code),
    close() {
      client.stop();
      return close();
    },
  };
}

export function webSocket(url) {
  const client = webSocketClient(url);
  // graphql-ws sends the variables again when it reconnects: it has to see the cursor of that moment.
  const resume = new ApolloLink((operation, forward) => {
    const variables = operation.getContext()[RESUME];
    if (variables) Object.defineProperty(operation, "variables", { value: variables });
    return forward(operation);
  });
  const link = ApolloLink.split(
    ({ operationType }) => operationType === "subscription",
    ApolloLink.from([resume, new GraphQLWsLink(client)]),
    new HttpLink({ uri: url }),
  );
  const follow = (apolloClient, symbol, follower) => {
    const context = { [RESUME]: resuming(symbol, follower) };
    const options = { query: ticks, variables: { symbol }, context, fetchPolicy: "no-cache" };
    const running = apolloClient.subscribe(options).subscribe({ next: ({ data }) => follower.receive(data.ticks) });
    return () => running.unsubscribe();
  };
  return apollo(link, follow, () => client.dispose());
}

export function multipart(url) {
  const follow = (client, symbol, follower) =>
    restarting((after) => {
      let running;
      const ended = new Promise((resolve) => {
        running = client
          .subscribe({ query: ticks, variables: { symbol, after }, fetchPolicy: "no-cache" })
          .subscribe({ next: ({ data }) => data && follower.receive(data.ticks), error: resolve, complete: resolve });
      });
      return { ended, cancel: () => running.unsubscribe() };
    }, follower);
  return apollo(new HttpLink({ uri: url }), follow);
}
