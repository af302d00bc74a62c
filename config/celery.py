"""The Celery application. The database is the queue; a message only rings the bell."""

import os

from celery import Celery
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")


class Application(Celery):
    """Celery that says so when there is no broker, instead of trying AMQP on this host."""

    def connection_for_read(self, url: str | None = None, **options: object) -> Connection:
        """A connection to take messages from."""
        self._require_broker(url)
        return super().connection_for_read(url, **options)

    def connection_for_write(self, url: str | None = None, **options: object) -> Connection:
        """A connection to send messages on."""
        self._require_broker(url)
        return super().connection_for_write(url, **options)

    def _require_broker(self, url: str | None) -> None:
        if not (url or self.conf.broker_url):
            raise ImproperlyConfigured(
                "REDIS_URL: not set, so there is no broker. Set it to redis://host:6379/0, "
                "or run `manage.py scoring_worker`, which needs none."
            )


app = Application("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
