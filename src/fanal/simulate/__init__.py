"""Simulate makes streams of counts and layers with a known truth, to prove the line over them.

Allowed: seeded streams whose posts are ids and counts, or short neutral sentences. Never: text that offers a
person or a weapon, not even to simulate; a real person's words; a result shown as if it were observed.
"""
