"""The description of the API as it was released, and the programs that are made from it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RELEASED = ROOT / "docs" / "openapi.json"
CLIENT = ROOT / "build" / "client"
PACKAGE = "icp_crm_client"
