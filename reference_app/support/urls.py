"""The addresses of support, for merchants and for staff."""

from __future__ import annotations

from django.urls import path

from reference_app.support import desk, views

support_urls = [
    path("", views.index, name="support"),
    path("new/", views.new, name="support-new"),
    path("<int:pk>/", views.ticket, name="support-ticket"),
    path("<int:pk>/reply/", views.reply, name="support-reply"),
    path("<int:pk>/solve/", views.solve, name="support-solve"),
    path("files/<int:pk>/", views.file, name="support-file"),
]
desk_urls = [
    path("", desk.index, name="office-support"),
    path("<int:pk>/", desk.ticket, name="office-support-ticket"),
    path("<int:pk>/answer/", desk.answer, name="office-support-answer"),
    path("<int:pk>/move/", desk.move, name="office-support-move"),
    path("files/<int:pk>/", desk.file, name="office-support-file"),
]
