"""Signals says what a post shows, in which language and stance: from published indicators, never about a person.

Allowed: functions over Arrow batches of posts; indicators as readable lists with the source of each, and with
examples and counter-examples that run as tests. Never: a score of a person; a list of slang, prices, ages, looks or
contacts; a sentence that offers anyone or anything, not even as an example; importing another stage.
"""
