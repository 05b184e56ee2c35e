"""Bench measures how fast and how large each stage is, on the machine at hand.

Allowed: repeated timings with their spread and the machine they were taken on. Never: a figure without the
command that made it, a shortcut that the real line does not take.
"""
