"""Hostile clients: what each does to its neighbours and to the server's memory. `python -m bench hostile` runs it.

The server has a core of its own; the neighbours measure in this process; an attacker is a process that only gets the
CPU time that nobody else wants, and it attacks at a fixed rate. The same attacker is also run against a port that does
nothing (`sink`), because its packets alone cost CPU time: the ratio of the two is what the server adds.
"""
