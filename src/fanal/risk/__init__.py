"""Risk turns private counts and public layers into hotspots and an index: area × group × period, never a person.

Allowed: functions over Arrow tables and NumPy arrays, with the dice and the as-of day as arguments; each
formula with its paper. Never: a number about a person, an input that was not known on the as-of day, a
missing part filled in silently, silence read as safety. What is made here stays inside until `privacy` lets it out.
"""
