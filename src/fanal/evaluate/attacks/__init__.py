"""Attacks do to the gate what somebody outside would do, with all that they could know, and measure what they gain.

Allowed: people whom nobody is, drawn for the attack; the gate's own functions with its own noise; limits that hold at
any number of rounds, so that a false alarm is rare. Never: a real post, a weaker attacker than the one whom
the bound speaks of, an attack that no broken gate has been shown to set off.
"""
