"""From the outline of a page to rules of a feed file. Pure: no browser, no I/O."""
