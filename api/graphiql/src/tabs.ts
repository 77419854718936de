/** One of the tabs that a first visit opens with. */
export interface OpeningTab {
  query: string;
}

/** The opening tabs, the live subscription first, all of them asking for `symbol` where they ask for one. */
export function tabs(symbol: string): OpeningTab[] {
  const quoted = JSON.stringify(symbol);
  return [ticks(quoted), lastPrices(), board(), history(quoted), feedStatus()];
}

function ticks(symbol: string): OpeningTab {
  return {
    query: `# Every tick, live: press play.
# after: a tick's cursor, to go on from there
# maxHz: 5, to slow the pace
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
# symbols: ["ES", "NQ"], to ask for some
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
    query: `# LIVE
# QUIET: the page is there and shows no change
# STALE: the page or the producer is not heard
# DOWN: Redis is not reachable
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
