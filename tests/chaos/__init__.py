"""What stays true when things die: real servers, separate processes, faults, and a judge.

Nothing here runs Django but the programs that are started on the side
(`tests.chaos.program`): who breaks things must not depend on what is broken.
Judged is what stands at rest, after an outage at the end.
"""
