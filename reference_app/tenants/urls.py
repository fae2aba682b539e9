"""The addresses of settings that are about people, and of invitations."""

from __future__ import annotations

from django.urls import path

from reference_app.tenants.views import own, team

settings_urls = [
    path("", own.index, name="settings"),
    path("profile/", own.profile, name="settings-profile"),
    path("profile/business/", own.rename, name="settings-business"),
    path("sessions/", own.sessions_page, name="settings-sessions"),
    path("sessions/end/", own.end_sessions, name="settings-sessions-end"),
    path("sessions/<str:handle>/end/", own.end_session, name="settings-session-end"),
    path("switch/<int:pk>/", team.switch, name="settings-switch"),
    path("team/", team.index, name="settings-team"),
    path("team/invite/", team.invite, name="settings-team-invite"),
    path("team/leave/", team.leave, name="settings-team-leave"),
    path("team/invitations/<int:pk>/withdraw/", team.withdraw, name="settings-team-withdraw"),
    path("team/<int:pk>/role/", team.role, name="settings-team-role"),
    path("team/<int:pk>/remove/", team.remove, name="settings-team-remove"),
]
accounts_urls = [
    path("invitations/<str:token>/", team.invitation, name="invitation"),
]
