"""Addresses."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from crm import health
from crm.admin.freshness import banner_again

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/freshness/", banner_again, name="freshness"),
    path("admin/", admin.site.urls),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("healthz/scoring", health.scoring, name="scoring"),
    path("metrics", health.metrics, name="metrics"),
]
