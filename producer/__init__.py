"""From a web page to ticks in the feed. The only user of Playwright."""
