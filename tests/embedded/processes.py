"""Looking at processes."""

import psutil


def alive(process: int) -> bool:
    """Whether it runs: one that has ended may still wait for its parent to notice."""
    try:
        return bool(psutil.Process(process).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def children_of(process: int) -> list[int]:
    """The processes that it has started and that still run, the oldest first."""
    return [child.pid for child in sorted(psutil.Process(process).children(), key=psutil.Process.create_time)]
