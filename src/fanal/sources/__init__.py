"""Sources brings posts and layers in: one file a format, read as Arrow batches.

Allowed: reading a public stream, a platform's own stream, or an export handed over by someone entitled to
it; saying where a row was broken and why. Only here is anything read from the network or from a user's
files. Never: joining a private conversation, keeping the text of a row that was rejected, guessing a time
zone, losing a row without counting it, importing another stage.
"""
