"""Outbox is the only sender: what leaves goes through here, after a person's decision.

Allowed: Releases that `require` lets pass, as files, feeds, mail and webhooks, each with its ledger id and
digest; credentials that a face hands in. Never: an Estimate, a post, a number that is changed on its way,
sending without a decision, a redirect that is followed, overwriting a folder that Fanal did not write.
"""
