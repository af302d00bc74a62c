"""Addresses of the dashboard and of the worklist."""

from django.urls import path

from . import coverage, movers, page, worklist

overview = [
    path("", page.overview, name="overview"),
    path("count/", page.count_again, name="overview_count"),
    path("progress/<slug:subject>/", page.progress, name="overview_progress"),
    path("moves/", movers.moves_page, name="overview_moves"),
    path("known/", coverage.known_page, name="overview_known"),
]

# Beside the dashboard and not below it, so that the sidebar marks one entry only.
worklist_pages = [
    path("", worklist.worklist_page, name="overview_worklist"),
    path("<str:fact>/", worklist.fact_page, name="overview_fact"),
    path("<str:fact>/export/", worklist.export, name="overview_export"),
]
