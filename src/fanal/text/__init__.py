"""Text is what every stage reads words with: fold once, hash words once, match phrases, in Numba over Arrow's buffers.

Allowed: pure functions over arrays of strings, with a slow and obvious reference in the tests for each kernel.
Never: files, network, clock, dice; a Python string for each post; a hash match that is not verified against the
text; knowledge of what a phrase means (that is for `signals` and `places`).
"""
