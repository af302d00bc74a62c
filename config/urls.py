"""Addresses."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.generic import RedirectView


def live(request: HttpRequest) -> HttpResponse:
    """200 whenever this process can answer at all; asks neither database nor broker."""
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("admin/", admin.site.urls),
    path("healthz/live", live, name="live"),
]
