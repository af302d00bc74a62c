"""Integrations and their keys: made, renewed, revoked, and recognised."""

from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from rest_framework_api_key.crypto import KeyGenerator

from crm.models import Integration, IntegrationKey, WebhookSubscription
from crm.roles import INTEGRATION
from crm.webhooks.subscribing import disable

KEYS = KeyGenerator(prefix_length=8, secret_key_length=40)
SEEN_EVERY = timedelta(minutes=1)
"""How exactly the last use of a key is known."""


class AlreadyMade(ValueError):
    """The form has made its key before; no key is shown twice."""


def save_integration(integration: Integration) -> None:
    """The integration is stored, and its user may do what it may: nobody signs in as that user."""
    with transaction.atomic():
        if not integration.user_id:
            # The user of one that was removed comes back with its name, and the history with it.
            name = username_of(integration)
            integration.user = User.objects.filter(username=name, integration=None).first() or User(username=name)
            integration.user.is_active = True
            integration.user.set_unusable_password()
            integration.user.save()
        elif integration.user.username != username_of(integration):
            integration.user.username = username_of(integration)
            integration.user.save(update_fields=["username"])
        role, _ = Group.objects.get_or_create(name=INTEGRATION)
        sees_all = Permission.objects.filter(content_type__app_label="crm", codename="see_all_companies")
        integration.user.groups.set([role, integration.team] if integration.team else [role])
        integration.user.user_permissions.set([] if integration.team else sees_all)
        integration.save()


def remove_integration(integration: Integration, at: datetime) -> None:
    """It is gone with its keys, its user may do nothing, and its webhooks tell nothing any more.

    Its user stays, because the history tells what it did.
    """
    with transaction.atomic():
        user = integration.user
        for webhook in WebhookSubscription.objects.filter(owner=user).order_by("pk"):
            disable(webhook, f"The integration {integration.name} was removed.", at=at)
        integration.delete()
        User.objects.filter(pk=user.pk).update(is_active=False)


def username_of(integration: Integration) -> str:
    """The name under which the history shows what the integration did."""
    return f"api: {integration.name}"


def new_key(
    integration: Integration,
    *,
    by: User | None,
    at: datetime,
    token: UUID | None = None,
    expires_at: datetime | None = None,
    overlap: timedelta | None = None,
) -> tuple[IntegrationKey, str]:
    """A new key, and the text of it, which is not kept.

    With `overlap` the keys that are in use now end that long after `at`. Raises
    AlreadyMade when `token` has made a key.
    """
    text, prefix, hashed = KEYS.generate()
    try:
        with transaction.atomic():
            if overlap is not None:
                in_use(integration, at).filter(Q(expires_at=None) | Q(expires_at__gt=at + overlap)).update(
                    expires_at=at + overlap
                )
            key = IntegrationKey.objects.create(
                integration=integration,
                prefix=prefix,
                hashed=hashed,
                created_by=by,
                expires_at=expires_at,
                token=token,
            )
            write_down(integration, by, f"Made the key {key}, {until(expires_at)}.{others(at, overlap)}")
    except IntegrityError:
        if token is not None and IntegrationKey.objects.filter(token=token).exists():
            raise AlreadyMade from None
        raise
    return key, text


def in_use(integration: Integration, at: datetime) -> QuerySet[IntegrationKey]:
    """The keys of the integration that hold at this moment."""
    return integration.keys.filter(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


def revoke(key: IntegrationKey, at: datetime, *, by: User | None = None) -> bool:
    """Whether the key was not revoked until now; it holds no longer, from the next call on."""
    with transaction.atomic():
        revoked = IntegrationKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at)
        if revoked:
            write_down(key.integration, by, f"Revoked the key {key}.")
    return bool(revoked)


def write_down(integration: Integration, by: User | None, said: str) -> None:
    """It is kept who did what with the keys of the integration; of a command that nobody is known for, nothing."""
    if by is not None:
        LogEntry.objects.log_actions(by.pk, [integration], CHANGE, said, single_object=True)


def until(expires_at: datetime | None) -> str:
    return f"which ends at {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "which never ends"


def others(at: datetime, overlap: timedelta | None) -> str:
    """What becomes of the keys that were in use, as a further sentence."""
    return "" if overlap is None else f" The others in use end by {at + overlap:%Y-%m-%d %H:%M} UTC."


def recognise(text: str, *, address: str, at: datetime) -> IntegrationKey | None:
    """The key that `text` is, with its integration and user; None for one that does not hold, or not from there.

    When and from where it was used is noted, once a minute at most.
    """
    prefix = text.partition(".")[0]
    if not (text.isascii() and prefix.isalnum() and len(prefix) == KEYS.prefix_length):
        return None
    key = IntegrationKey.objects.select_related("integration__user").filter(prefix=prefix).first()
    if key is None or not KEYS.verify(text, key.hashed):
        return None
    if not key.holds(at) or not key.integration.user.is_active or not may_call_from(key.integration, address):
        return None
    if key.last_used_at is None or key.last_used_at < at - SEEN_EVERY or key.last_used_from != address:
        IntegrationKey.objects.filter(pk=key.pk).update(last_used_at=at, last_used_from=address or None)
    return key


def may_call_from(integration: Integration, address: str) -> bool:
    """Whether the integration may call from this address."""
    if not integration.networks:
        return True
    try:
        there = ip_address(address)
    except ValueError:
        return False
    return any(there in ip_network(network) for network in integration.networks)
