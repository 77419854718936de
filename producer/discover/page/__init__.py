"""What a page tells discovery: its elements, its digits, and the messages it receives."""
