"""Outbox is the only sender: what leaves goes through here, after a person's decision.

Allowed: Releases that `require` lets pass, written whole or not at all, each with its ledger id, digest and
statement. Never: an Estimate, a post, a number that is changed on its way, sending without a decision,
overwriting a folder that Fanal did not write.
"""
