"""Readings to quotes: the state of each price field, the quote of each symbol, and the merge of two pages."""
