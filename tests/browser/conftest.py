"""Tests in a real browser are left out where there is none, or where what they look with is missing."""

from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"

NEEDS = {"browser": CHROMIUM, "axe": AXE}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser, tests marked `browser` are deselected, and without axe-core those marked `axe`.

    On PostgreSQL they are left out as well, unless they are asked for.
    """
    missing = [name for name, file in NEEDS.items() if not file.exists()]
    if config.getoption("database") == "postgres" and "browser" not in config.getoption("markexpr"):
        missing.append("browser")  # the same pages; what they read is tested on both databases by other tests
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in missing)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
