"""Addresses."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from crm import health
from crm.admin.freshness import banner_again
from crm.admin.home import take
from crm.admin.overview.urls import overview, worklist_pages
from crm.admin.titles.urls import persona_pages, titles
from crm.api.urls import api
from personas.admin.handbook import handbook

handler404 = "crm.api.problems.not_found"
handler500 = "crm.api.problems.server_error"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/freshness/", banner_again, name="freshness"),
    path("admin/take/<int:company_id>/", admin.site.admin_view(take), name="take"),
    path("admin/handbook/", admin.site.admin_view(handbook), name="handbook"),
    path("admin/overview/", include(overview)),
    path("admin/worklist/", include(worklist_pages)),
    path("admin/titles/", include(titles)),
    path("admin/personas/", include(persona_pages)),
    path("admin/", admin.site.urls),
    path("api/v1/", include(api)),
    path("healthz/live", health.live, name="live"),
    path("healthz/ready", health.ready, name="ready"),
    path("healthz/scoring", health.scoring, name="scoring"),
    path("metrics", health.metrics, name="metrics"),
]
