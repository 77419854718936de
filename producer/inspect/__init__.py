"""One look at a page for `tickql check` and `tickql doctor`. Nothing is published."""
