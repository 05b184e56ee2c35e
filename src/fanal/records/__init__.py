"""Records are what an organisation must be able to show: what is held, how long, why, who got it, what went wrong.

Allowed: plain facts of the system, put in order and classed; words that a person has to fill in, marked as such.
Never: a number about an area or a group, a text of a post, a name of an author; a fact that nobody looked up.
"""
