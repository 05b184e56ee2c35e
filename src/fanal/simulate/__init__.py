"""Simulate makes streams of posts, counts and layers with a known truth, to prove the line over them.

Allowed: seeded streams whose posts are ids and counts, or short neutral sentences that say of themselves that they are
simulated, with the truth in a file beside them; for load tests, training of staff and regression. Never: text that
offers a person or a weapon, not even to simulate; a real person's words; a phrase taken from the indicators; a quality
claim or a lead time measured on such a stream; a result shown as if it were observed.
"""
