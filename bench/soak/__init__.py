"""The soak: a producer at full rate for minutes or hours, with a fault at regular intervals, and a judgement on it."""
