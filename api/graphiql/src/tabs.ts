/** A tab that the page has when it is opened for the first time. */
export interface OpeningTab {
  query: string;
}

/** Returns the opening tabs, the live subscription first. Tabs about one symbol use `symbol`. */
export function tabs(symbol: string): OpeningTab[] {
  const quoted = JSON.stringify(symbol);
  return [ticks(quoted), board(), lastPrices(), history(quoted), feedStatus()];
}

function ticks(symbol: string): OpeningTab {
  return {
    query: `# Every tick, live: press play.
# after: continue after a tick, by its cursor (ES:1739952000000-812)
# maxHz: 5: at most 5 events a second
subscription Ticks {
  ticks(symbol: ${symbol}) {
    symbol
    seq
    timestamp
    ask
    bid
    last
    spread
    cursor
    skipped
  }
}
`,
  };
}

function lastPrices(): OpeningTab {
  return {
    query: `# The newest tick of every symbol.
# symbols: ["ES", "NQ"]: only these
query LastPrices {
  lastPrices {
    symbol
    ask
    bid
    last
    timestamp
    cursor
  }
}
`,
  };
}

function board(): OpeningTab {
  return {
    query: `# What changed since the last event:
# the newest tick of each symbol.
subscription Board {
  board(maxHz: 5) {
    symbol
    ask
    bid
    last
    skipped
  }
}
`,
  };
}

function history(symbol: string): OpeningTab {
  return {
    query: `# The newest ticks of one symbol, oldest first.
query History {
  history(symbol: ${symbol}, last: 10) {
    edges {
      cursor
      node {
        seq
        timestamp
        ask
        bid
        last
      }
    }
    pageInfo {
      hasPreviousPage
      startCursor
    }
  }
}
`,
  };
}

function feedStatus(): OpeningTab {
  return {
    query: `# LIVE: prices arrive
# QUIET: the page works, prices do not change
# STALE: the page or the producer fails
# DOWN: Redis cannot be reached
subscription Status {
  feedStatus {
    state
    reason
    since
    symbols {
      symbol
      state
      lastTickAt
    }
  }
}
`,
  };
}
