"""CSS selectors for elements of an outline: how to describe an element so that the description lasts. No I/O."""
