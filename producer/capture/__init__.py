"""The observer that runs in the page, and the channel on which it reports readings."""
