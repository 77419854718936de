import { CombinedGraphQLErrors } from "@apollo/client/errors";

/** Why the server did not answer, as a person says it. */
export function refusalOf(error: unknown): string {
  if (CombinedGraphQLErrors.is(error)) {
    return error.errors.map(({ message }) => message).join("; ");
  }
  return "the server cannot be reached";
}

/** Whether the server refuses because of who asks, so that asking again is of no use. */
export function isForbidden(error: unknown): boolean {
  const codes = codesOf(error);
  return codes.includes("FORBIDDEN") || codes.includes("UNAUTHENTICATED");
}

/** Whether the server refuses because of who asks or what is asked for, and not because something is away. */
export function isRefused(error: unknown): boolean {
  return isForbidden(error) || codesOf(error).includes("BAD_USER_INPUT");
}

function codesOf(error: unknown): readonly unknown[] {
  return CombinedGraphQLErrors.is(error) ? error.errors.map(({ extensions }) => extensions?.code) : [];
}
