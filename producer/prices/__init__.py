"""Price text to exact decimals.

Number formats, fractions, and the characters that pages put around a number. No I/O.
"""
