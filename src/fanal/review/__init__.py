"""Review puts signals and alerts before a person and keeps what the person decided, with who and when.

Allowed: queues, locks, routing, decisions and their audit; which released hotspots are one alert. Never: a
decision made by a score alone, a plea in an enforcement queue, a queue that ranks or scores authors.
"""
