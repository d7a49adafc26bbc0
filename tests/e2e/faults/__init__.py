"""Faults of a deployed stack, at every AWS call that a function makes for an order.

A `FaultRig` (`support/rig.py`) is a stack whose functions call AWS through a `FaultProxy`
(`support/proxy.py`), which can refuse, delay or lose a call, or kill the function. A `Fault`
(`support/faults.py`) breaks one function for the length of a block, by the proxy or in AWS itself.
`support/cases.py` lists every call and every fault of it, and the two tests that hold for each:
at the API, clients are refused and send the order again; behind it, orders go on being accepted.
`test_injection.py` tests the faults of `local/faults.py`, which need no proxy.
In the end `wait_until_quiet` redrives dead letters and counts: each order is everywhere once.
"""
