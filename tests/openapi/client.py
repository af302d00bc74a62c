"""Makes the typed Python client from docs/openapi.json: `python -m tests.openapi.client [FOLDER]`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.openapi import CLIENT, PACKAGE, RELEASED

CONFIG = Path(__file__).with_name("client.yaml")


def main() -> int:
    """0 when the client is there as the description has it, with no call left out."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CLIENT
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = folder.with_suffix(".json")
    source.write_text(json.dumps(without_lines(json.loads(RELEASED.read_text(encoding="utf-8")))), encoding="utf-8")
    made = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate"),
            *("--path", str(source), "--config", str(CONFIG), "--output-path", str(folder), "--meta", "setup"),
            *("--overwrite", "--fail-on-warning"),
        ],
        check=False,
    )
    return made.returncode or int(not (folder / PACKAGE / "client.py").exists())


def without_lines(described: Any) -> Any:
    """The description with bodies in JSON only: a client has no use for lines of it beside."""
    for methods in described["paths"].values():
        for call in methods.values():
            content = call.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                content.pop("application/x-ndjson", None)
    return described


if __name__ == "__main__":
    sys.exit(main())
