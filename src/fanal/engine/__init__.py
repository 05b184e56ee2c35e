"""Engine says where the stages run: threads of this process by default, Spark when it is outgrown.

Allowed: splitting a stream of record batches, running a stage over the parts, putting results in order.
Never: knowing what a stage does, a result that depends on how many threads ran.
"""
