"""The secret key: strong in production, made once in development, never in the repository."""

import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

LENGTH = 50
DIFFERENT = 5
PLACEHOLDERS = ("django-insecure-", "changeme", "change-me", "secret", "your-secret")


def require_strong(name: str, key: str) -> None:
    """Returns only when `key` will do in production. The key itself is never shown."""
    if not key:
        fault = "not set"
    elif len(key) < LENGTH:
        fault = f"only {len(key)} characters long"
    elif len(set(key)) < DIFFERENT:
        fault = f"made of only {len(set(key))} different characters"
    elif key.lower().startswith(PLACEHOLDERS):
        fault = "a placeholder"
    else:
        return
    raise ImproperlyConfigured(
        f"{name}: {fault}. Set it to {LENGTH} or more random characters, "
        "as `python -c 'import secrets; print(secrets.token_urlsafe(50))'` prints them."
    )


def development_key(path: Path) -> str:
    """The key in the file at `path`, which is made, for its owner alone, when missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        new.touch(mode=0o600, exist_ok=False)
        new.write_text(secrets.token_urlsafe(LENGTH))
        try:
            path.hardlink_to(new)  # of two processes at once, one wins and both read the same
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return path.read_text()
