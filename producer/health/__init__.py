"""The health of a page and its symbols: what is wrong, in one sentence for a person. No I/O."""
