import { ApolloLink } from "@apollo/client/link";
import { print } from "graphql";
import { Observable } from "rxjs";

import type { FeedTransport } from "./feed-transport.ts";
import { ResumingVariables } from "./resuming.ts";

/** Returns an Apollo link that carries subscriptions, and resumes `ticks` behind the newest tick that has arrived. */
export function subscriptionLink(transport: FeedTransport): ApolloLink {
  return new ApolloLink(
    ({ query, operationName, variables }) =>
      new Observable<ApolloLink.Result>((observer) => {
        const resuming = new ResumingVariables(variables);
        return transport.subscribe(
          { query: print(query), variables: resuming.variables, ...(operationName && { operationName }) },
          {
            next: (result) => {
              resuming.note(result.data);
              observer.next(result as ApolloLink.Result);
            },
            complete: () => {
              observer.complete();
            },
          },
        );
      }),
  );
}
