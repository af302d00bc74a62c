"""Which domain an address gives."""

import pytest

from crm.names import NobodysDomain, NotADomain, registrable_domain


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("example.com", "example.com"),
        ("https://www.Blog.Example.co.uk:8080/about?x=1#top", "example.co.uk"),
        ("http:///www.example.com", "example.com"),
        ("sales@mail.example.com", "example.com"),
        ('<a href="x" title="https://shop.acme.example/ (New Window)">https://shop.acme.example/</a>', "acme.example"),
        ("https://www.first.example, http://second.example", "first.example"),
        ("https://someone.github.io/", "someone.github.io"),
        ("acme.us.com", "acme.us.com"),
        ("müller.de", "xn--mller-kva.de"),
        ("example.com.", "example.com"),
    ],
)
def test_an_address_gives_the_domain_that_somebody_registered(text: str, domain: str) -> None:
    assert registrable_domain(text) == domain


@pytest.mark.parametrize("text", ["", "  ", "http://", "https://", "N/A", "-", "none"])
def test_nothing_gives_no_domain(text: str) -> None:
    assert registrable_domain(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://www.linkedin.com/company/acme",
        "https://twitter.com/acme",
        "https://play.google.com/store/apps/details?id=com.acme",
        "info@gmail.com",
        "yahoo.com",
        "https://github.io/",
    ],
)
def test_an_address_that_many_share_is_nobodys_own(text: str) -> None:
    with pytest.raises(NobodysDomain):
        registrable_domain(text)


@pytest.mark.parametrize("text", ["127.0.0.1", "http://localhost:8000", "acme", "www,acme.com", "a..b.com", "no way"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(NotADomain):
        registrable_domain(text)


@pytest.mark.parametrize(
    ("name", "text", "domain"),
    [
        ("Yahoo!", "http://www.yahoo.com", "yahoo.com"),
        ("GitLab Inc.", "https://about.gitlab.com", "gitlab.com"),
        ("Twitch.tv", "twitch.tv", "twitch.tv"),
    ],
)
def test_a_provider_owns_its_own_domain(name: str, text: str, domain: str) -> None:
    assert registrable_domain(text, name=name) == domain


def test_a_bakery_with_a_free_mailbox_does_not_own_the_mail_provider() -> None:
    with pytest.raises(NobodysDomain, match="mail provider"):
        registrable_domain("bakery@yahoo.com", name="Bob's Bakery")
