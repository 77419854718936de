"""The observer: what runs in each frame of a page and tells of its prices. JavaScript, a part a file."""
