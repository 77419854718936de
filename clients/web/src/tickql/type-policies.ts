import type { FieldFunctionOptions, Reference, StoreObject, TypePolicies, TypePolicy } from "@apollo/client/cache";
import { relayStylePagination } from "@apollo/client/utilities";

type KeyFields = Extract<TypePolicy["keyFields"], (...given: never[]) => unknown>;

/**
 * Type policies for `InMemoryCache`: one `Tick` for each symbol, the newest. `lastPrice`, `lastPrices`, `board` and
 * `ticks` read and write the same one, so a query shows what any subscription receives. Each selection of a `Tick` needs
 * `symbol`; with `cursor` an older tick, such as one that is sent again after a lost connection, does not replace a newer one.
 */
export function typePolicies(): TypePolicies {
  return {
    Query: {
      fields: {
        lastPrice: {
          read: (existing: unknown, options: FieldFunctionOptions) => newest(options.args?.symbol, options) ?? existing,
        },
        lastPrices: {
          merge: false,
          read: (existing: readonly (Reference | StoreObject)[] | undefined, options: FieldFunctionOptions) =>
            existing?.map((tick) => newest(options.readField("symbol", tick), options) ?? tick),
        },
        feedStatus: {
          read: (existing: unknown, options: FieldFunctionOptions) =>
            readable({ __typename: "FeedStatus" }, options) ?? existing,
        },
        history: relayStylePagination(["symbol", "from", "to"]),
      },
    },
    Tick: {
      keyFields: (tick, context) => (isOlder(tick, context) ? false : ["symbol"]),
      fields: { gap: { merge: false } },
    },
    // Many of a symbol, so none has a key: they stay in their page.
    HistoryTick: { keyFields: false },
    // One for all: queries follow the subscription.
    FeedStatus: { keyFields: [], fields: { symbols: { merge: false } } },
    SymbolStatus: { keyFields: ["symbol"] },
  };
}

function newest(symbol: unknown, options: FieldFunctionOptions): Reference | undefined {
  return typeof symbol === "string" ? readable({ __typename: "Tick", symbol }, options) : undefined;
}

function readable(object: StoreObject, { toReference, canRead }: FieldFunctionOptions): Reference | undefined {
  const reference = toReference(object);
  return canRead(reference) ? reference : undefined;
}

/** Whether the cache has a newer tick of the symbol. Numbers can be compared within an epoch only. */
function isOlder(tick: Readonly<StoreObject>, { readField }: Parameters<KeyFields>[1]): boolean {
  const known = readField<string>("cursor", { __ref: `Tick:${JSON.stringify({ symbol: tick.symbol })}` });
  const cursor = tick.cursor;
  if (typeof known !== "string" || typeof cursor !== "string") {
    return false;
  }
  const [knownEpoch, knownSeq] = placeOf(known);
  const [epoch, seq] = placeOf(cursor);
  return epoch === knownEpoch && seq < knownSeq;
}

/** The epoch and the number in a cursor, `<symbol>:<epoch>-<seq>`. A symbol may contain `:` and `-`, too. */
function placeOf(cursor: string): [epoch: string, seq: number] {
  const dash = cursor.lastIndexOf("-");
  return [cursor.slice(0, dash), Number(cursor.slice(dash + 1))];
}
