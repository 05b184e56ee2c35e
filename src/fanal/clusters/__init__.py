"""Clusters groups near-duplicate posts under the few templates behind them.

Allowed: functions over record batches of posts and signals that return the cluster of each row, its template
and its slots, in every script. Never: a cluster tied to an author, a template that is shown outside the
review desk, deleting letters or digits because they are not ASCII.
"""
