"""Workers are the faces that run by schedule: they read the clock, take a lock and call the line.

Allowed: the clock, the dice, settings and the pipeline. Never: a rule of the field (it belongs to a stage),
a decision that a person must make, output to the outside other than through `outbox`.
"""
