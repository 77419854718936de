"""Relays: they pass the feed on to message brokers, each tick once and in order.

A relay follows every symbol of the feed and sends batches to a *sink*, which is one kind of broker. The broker keeps
the relay's place, so that a relay that was killed continues behind the last tick that the broker has.

`sink` is the protocol of sinks, `sinks` the table of those that exist. A sink knows its broker and neither Redis nor
what a follower is; a relay knows no broker. This package imports only `tickql.feed`.
"""
