"""What a part of the server costs on the way of a tick: the same server with and without it, side by side.

`python -m bench cost rights metrics limits tracing cluster`. Both servers run all the time on the same core, and get
the same number of ticks in turn. What disturbs a machine for longer than a second disturbs both alike, and their ratio
stays.
"""
