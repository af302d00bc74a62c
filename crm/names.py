"""Names and domains of companies: what two spellings share, and what is no company's domain."""

import re
from functools import cache
from importlib import resources

import tldextract

from personas.rules.words import name_key

ANCHOR = re.compile(r"<a\s[^>]*>\s*([^<\s]+)\s*</a>", re.IGNORECASE)
SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:(?://+)?", re.IGNORECASE)
ADDRESSES = re.compile(r"[\s,;|]+")
DOMAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+")
NO_ADDRESS = frozenset(
    {"", "http://", "https://", "http://url", "n/a", "na", "none", "nan", "null", "unknown", "-", "–"}
)
RESERVED_ENDINGS = ("example", "test", "invalid")

# The private part of the public suffix list counts: someone.github.io is someone's own address.
extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


class NotADomain(ValueError):
    """The text names no domain that a company could own; the message says why."""


class NobodysDomain(NotADomain):
    """The text is an address where many people have a page or a mailbox."""


@cache
def lines(name: str) -> frozenset[str]:
    """The entries of a short data file beside this module."""
    text = resources.files("crm").joinpath("data", name).read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def registrable_domain(text: str, *, name: str = "") -> str | None:
    """The domain that someone registered, from an address, a host or an HTML link; None for empty text.

    "https://www.blog.example.co.uk/about" gives "example.co.uk", and
    "someone.github.io" itself, for nobody else can have that. Of several
    addresses the first counts. Raises NobodysDomain for a social page, a shop
    in an app store or a free mail provider, unless the company called `name` is
    that provider; NotADomain for an IP address, or what is no domain at all.
    """
    text = text.strip()
    if found := ANCHOR.search(text):
        text = found.group(1)
    if text.casefold() in NO_ADDRESS:
        return None
    host = host_of(text)
    domain = own_part(host)
    if domain is None:
        if extract(host).is_private:
            raise NobodysDomain(f"{host} holds pages of many companies and is none's own domain")
        raise NotADomain(f"{text[:80]!r} is not a domain")
    if name and owns(name, domain):
        return domain
    if domain in lines("shared_hosts.txt"):
        raise NobodysDomain(f"{domain} holds pages of many companies and is none's own domain")
    if domain in lines("mail_providers.txt"):
        raise NobodysDomain(f"{domain} is a mail provider and is no company's own domain")
    return domain


def host_of(text: str) -> str:
    """The host in an address or e-mail address, in lower case and in the letters of the domain system."""
    first = ADDRESSES.split(text, maxsplit=1)[0]
    host = re.split(r"[/?#\\]", SCHEME.sub("", first), maxsplit=1)[0].rpartition("@")[2].split(":")[0]
    host = host.strip(".").casefold()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise NotADomain(f"{text[:80]!r} is not a domain") from None


def own_part(host: str) -> str | None:
    """The part of a host that one owner has; None when there is none."""
    if len(host) > 253 or not DOMAIN.fullmatch(host):
        return None
    return extract(host).top_domain_under_public_suffix or reserved_domain(host)


def reserved_domain(host: str) -> str | None:
    """The last two labels of a host under an ending reserved for examples and tests."""
    labels = host.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and labels[-1] in RESERVED_ENDINGS else None


def owns(name: str, domain: str) -> bool:
    """Whether a company of this name is the one that a domain is called after: AOL, of aol.com."""
    label, _, ending = domain.partition(".")
    return compact(name) in (label.replace("-", ""), (label + ending).replace("-", "").replace(".", ""))


def compact(name: str) -> str:
    """The key of a name without its spaces: "Hello Chair" and "HelloChair, Inc." share it."""
    return name_key(name).replace(" ", "")


__all__ = ["NobodysDomain", "NotADomain", "compact", "name_key", "owns", "registrable_domain"]
