"""Addresses of job titles, and of the pages of personas."""

from django.urls import path

from . import personas, queue, saying, trying

titles = [
    path("", queue.queue_page, name="titles"),
    path("count/", queue.count_again, name="titles_count"),
    path("try/", trying.try_page, name="titles_try"),
    path("say/", saying.say_page, name="titles_say"),
    path("take-back/", saying.take_back, name="titles_take_back"),
]

# "who" keeps keys of personas apart from the lists of the admin that lie at the same place.
persona_pages = [
    path("", personas.personas_page, name="personas"),
    path("who/<slug:persona>/", personas.persona_page, name="persona"),
]
