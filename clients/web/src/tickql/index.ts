export { createTickql, type Tickql } from "./apollo.ts";
export { useConnection } from "./connection.ts";
export { resumeOf } from "./resume.ts";
export { SubscriptionLink } from "./subscription-link.ts";
export { typePolicies } from "./type-policies.ts";
