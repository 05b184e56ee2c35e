"""What a workspace keeps: the lake, the desk, the vault and the keys. It hands out tables and never interprets them.

Whoever acts is a person; what they do is a row of the audit log, in the same transaction.
Readers see only rows whose batch id stands in the desk's `batches`. No text of a post, no village and
no author's name is ever written here but sealed, in the vault.
"""
