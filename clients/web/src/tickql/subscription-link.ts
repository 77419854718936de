import { ApolloLink, Observable } from "@apollo/client";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { print } from "@apollo/client/utilities";
import { TickqlError, type TickqlClient } from "tickql-client";

import { resumeOf } from "./resume.ts";

/**
 * The link for subscriptions. It takes the place of Apollo's `GraphQLWsLink`, which starts `ticks` anew after each lost
 * connection, and so loses ticks. All else is the client's affair: one lazy socket, retries, tokens, server-sent events
 * where WebSockets are blocked.
 */
export class SubscriptionLink extends ApolloLink {
  readonly #client: TickqlClient;

  constructor(client: TickqlClient) {
    super();
    this.#client = client;
  }

  override request(operation: ApolloLink.Operation): Observable<ApolloLink.Result> {
    const { query, variables, operationName } = operation;
    return new Observable((observer) =>
      this.#client.subscribe(
        { query: print(query), variables, operationName: operationName ?? null },
        {
          next: (result) => {
            observer.next(result as ApolloLink.Result);
          },
          error: (error) => {
            observer.error(
              error instanceof TickqlError ? new CombinedGraphQLErrors({ errors: [...error.errors] }) : error,
            );
          },
          complete: () => {
            observer.complete();
          },
        },
        resumeOf(query),
      ),
    );
  }
}
