"""The addresses of the API, version 1."""

from django.urls import path

from .caller import Caller

api = [
    path("me/", Caller.as_view(), name="api_me"),
]
