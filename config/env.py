"""The one reader of environment variables.

Each function returns the value of one variable in its own type, or the
default when the variable is missing or empty. A value that does not fit stops
the start with the name of the variable, what was read and what would do.
"""

import os
from collections.abc import Collection
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Never
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = frozenset({"1", "true", "yes", "on"})
FALSE = frozenset({"0", "false", "no", "off"})
REDIS_SCHEMES = ("redis", "rediss", "redis+socket", "unix")


def refuse(name: str, value: str, remedy: str) -> Never:
    """Never returns: stops the start over the variable `name`."""
    raise ImproperlyConfigured(f"{name}: {value!r} will not do. Set it to {remedy}.")


def text(name: str, default: str = "") -> str:
    """The value without surrounding space."""
    return os.environ.get(name, "").strip() or default


def choice(name: str, allowed: Collection[str], default: str) -> str:
    """One of `allowed`."""
    value = text(name, default)
    if value not in allowed:
        refuse(name, value, f"one of {', '.join(allowed)}")
    return value


def boolean(name: str, default: bool) -> bool:
    """True or False, from the usual words for them in any case."""
    value = text(name).lower()
    if not value:
        return default
    if value not in TRUE | FALSE:
        refuse(name, value, "1, true, yes or on, or to 0, false, no or off")
    return value in TRUE


def integer(name: str, default: int, *, at_least: int = 0) -> int:
    """A whole number, never below `at_least`."""
    value = text(name)
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        number = at_least - 1
    if number < at_least:
        refuse(name, value, f"a whole number of {at_least} or more")
    return number


def items(name: str, default: Collection[str] = ()) -> list[str]:
    """The parts between commas, without surrounding space and empty parts."""
    value = text(name)
    if not value:
        return list(default)
    return [part.strip() for part in value.split(",") if part.strip()]


def networks(name: str) -> list[str]:
    """Networks between commas, as in 10.1.0.0/16,fd00::/8."""
    found = items(name)
    for each in found:
        try:
            ip_network(each)
        except ValueError:
            refuse(name, each, "networks like 10.1.0.0/16, between commas")
    return found


def header(name: str) -> tuple[str, str] | None:
    """A request header and its value as Django's META has it; None when not set.

    Written `X-Forwarded-Proto: https`.
    """
    value = text(name)
    if not value:
        return None
    key, _, expected = (part.strip() for part in value.partition(":"))
    if not key or not expected or " " in key:
        refuse(name, value, "a header and the value to expect, as in 'X-Forwarded-Proto: https'")
    return "HTTP_" + key.upper().replace("-", "_"), expected


def database(name: str, default: str, *, base: Path) -> dict[str, Any]:
    """The Django settings of the database at a URL: engine, name, host and so on.

    `sqlite:///var/db.sqlite3` is a file below `base`, `sqlite:////srv/db.sqlite3`
    a file anywhere. `postgresql://user:password@host:5432/name` is a server, and
    `postgresql:///name?host=/run/postgresql` one on a Unix socket in that folder.
    There, what follows `?` goes to the driver.
    """
    value = text(name, default)
    remedy = "sqlite:///path, or to postgresql://user:password@host:port/name"
    try:
        url = urlsplit(value)
        port = url.port
    except ValueError:
        refuse(name, "…", f"{remedy} (what was read is not a URL)")
    path = unquote(url.path.removeprefix("/"))
    options: dict[str, Any] = dict(parse_qsl(url.query))
    if not path or not value.startswith(f"{url.scheme}://"):
        refuse(name, _without_password(url), remedy)
    if url.scheme == "sqlite" and not url.netloc and not url.query:
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": base / path}
    if url.scheme in ("postgres", "postgresql"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": path,
            "USER": unquote(url.username or "") or options.pop("user", ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": url.hostname or options.pop("host", ""),
            "PORT": str(port or options.pop("port", "")),
            "OPTIONS": options,
        }
    refuse(name, _without_password(url), remedy)


def redis(name: str) -> str:
    """The address of a Redis server; empty when there is none."""
    value = text(name)
    if value and urlsplit(value).scheme not in REDIS_SCHEMES:
        refuse(name, _without_password(urlsplit(value)), "redis://host:6379/0, or leave it empty")
    return value


def broker(address: str) -> str:
    """A Redis address as Celery's transport writes it, which differs in two points.

    A Unix socket is `redis+socket` there, its database `virtual_host`. And with
    TLS it looks at no certificate unless told to, so it is told to, as the Redis
    client does by itself; the address may say `ssl_cert_reqs=none`.
    """
    url = urlsplit(address)
    options = dict(parse_qsl(url.query))
    if url.scheme == "unix":
        if "db" in options:
            options["virtual_host"] = options.pop("db")
        # Put together by hand: urlunsplit drops the empty host of a scheme that it does not know.
        return f"redis+socket://{url.netloc}{url.path}" + (f"?{urlencode(options)}" if options else "")
    if url.scheme == "rediss":
        return url._replace(query=urlencode({"ssl_cert_reqs": "required"} | options)).geturl()
    return address


def _without_password(url: SplitResult) -> str:
    """The URL, fit to be shown in an error and kept in a log."""
    if "@" in url.netloc:
        url = url._replace(netloc="…@" + url.netloc.rpartition("@")[2])
    return url._replace(query="").geturl()
