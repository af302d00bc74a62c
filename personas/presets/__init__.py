"""The rules that a new installation starts with."""

from importlib.resources import files


def preset_text() -> str:
    """The rule document of the ideal customer profile and its personas, as YAML."""
    return files(__name__).joinpath("icp.yaml").read_text(encoding="utf-8")
