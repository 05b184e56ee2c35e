"""Evaluate measures how right each stage is, on data that nobody here wrote.

Allowed: labelled public data sets read where they lie, history replayed with what was known each day, scores with
their uncertainty, by language and by place. Never: a score on the data that trained the thing or chose its
settings, an average that hides a language or a place.
"""
