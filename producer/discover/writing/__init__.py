"""The discovered feed file: its text, and the proof that the producer reads the same prices with it."""
