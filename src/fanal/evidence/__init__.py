"""Evidence seals what a reviewer confirmed into an exhibit that can be verified offline without Fanal.

Allowed: what `review` handed over, hashes, custody records, packages by public standards (BagIt, RFC 3161).
Never: sealing without a person's decision, a cry for help as evidence for enforcement, sending (that is
`outbox`), rejoining the line: an exhibit is the input of nothing here.
"""
