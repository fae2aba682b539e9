"""Settings: everything that differs between a laptop and a server comes from the environment.

| variable | default |
|---|---|
| ENTRO_DATA_DIR | `.demo` below the working directory: database, key, collected static files |
| ENTRO_DATABASE_URL | `sqlite:///` + a file there; or `postgresql://user:password@host/name` |
| ENTRO_SECRETS_KEY | the sealing key (base64, 32 bytes); default a 0600 file in the data folder |
| ENTRO_ALLOWED_HOSTS | loopback, comma separated |
| ENTRO_PUBLIC_URL | how marketplaces reach us for pushes; empty: as the request says |
| ENTRO_JOBS_URL | database of the job engine; default a file beside the app's |
| ENTRO_MARKETPLACE_HOSTS | `host`, `host:port` or `host:low-high` a store's API address may name |
| ENTRO_SYNC_SECONDS | pause between two syncs of a store |
| ENTRO_WEBHOOK_LOOPBACK | `1` lets webhooks reach this machine, for a demo or tests |
| ENTRO_API_PER_MINUTE | requests a minute for each token of the API; 240 |
| ENTRO_EMAIL_URL | `smtp://user:password@host:587` (STARTTLS), `smtps://…:465`, `smtp+plain://…` \
    or `file:///folder`; empty: mails are printed by the server |
| ENTRO_EMAIL_FROM | the sender of our mails |
| ENTRO_HTTPS | `1` behind a proxy that ends TLS: secure cookies and HSTS |
| ENTRO_PROXIES | how many proxies stand before us; 1 with ENTRO_HTTPS, else 0 |
| ENTRO_UPLOAD_MB | the largest request taken; 12 |
| ENTRO_SUPPORT_EMAIL | shown on the contact page, beside the form |
| ENTRO_DELETION_DAYS | how long a merchant's deletion can be withdrawn; 7, at most 21 |
| ENTRO_DEMO | `1` lets ENTRO_CLOCK_AHEAD name a file with seconds billing's clock is ahead |
| ENTRO_DEBUG | `1` shows tracebacks in the browser |
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from reference_app.keys import derived, keys_file, secret_keys
from reference_app.outgoing import mail
from reference_app.paying.conf import from_environment
from reference_app.stores.ownapps import from_environment as own_apps

BASE = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("ENTRO_DATA_DIR", ".demo")).resolve()


def database(url: str) -> dict[str, Any]:
    """Turn a database address into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": unquote(parts.path.removeprefix("/")) or ":memory:",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # a late upgrade of a read lock cannot be retried
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                " PRAGMA cache_size=-16000; PRAGMA mmap_size=268435456;",
            },
        }
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname
        or parse_qs(parts.query).get("host", [""])[0],  # or a socket's folder
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def sandbox_places(url: str) -> str:
    """Return where a sandbox with its control API at `url` answers, as `host:low-high`."""
    parts = urlsplit(url)
    if not parts.hostname or not parts.port:
        return ""
    return f"{parts.hostname}:{parts.port}-{parts.port + 4}"  # one port for each marketplace


DEBUG = os.environ.get("ENTRO_DEBUG") == "1"
ALLOWED_HOSTS = os.environ.get("ENTRO_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")
PUBLIC_URL = os.environ.get("ENTRO_PUBLIC_URL", "").rstrip("/")
SECRET_KEYS = secret_keys(DATA_DIR)
KEYS_FILE = keys_file(DATA_DIR)
SECRET_KEY = os.environ.get("ENTRO_SECRET_KEY") or derived(SECRET_KEYS[0], "django")
SECRET_KEY_FALLBACKS = [derived(key, "django") for key in SECRET_KEYS[1:]]  # sessions stay valid

_FILE = f"sqlite:///{DATA_DIR / 'app.sqlite3'}"
DATABASES = {"default": database(os.environ.get("ENTRO_DATABASE_URL") or _FILE)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
JOBS_URL = os.environ.get("ENTRO_JOBS_URL", "")
MARKETPLACE_HOSTS = [
    host
    for host in (
        sandbox_places(os.environ.get("ENTRO_SANDBOX", "")),
        *os.environ.get("ENTRO_MARKETPLACE_HOSTS", "").split(","),
    )
    if host
]
API_PER_MINUTE = int(os.environ.get("ENTRO_API_PER_MINUTE", "240"))
WEBHOOK_LOOPBACK = os.environ.get("ENTRO_WEBHOOK_LOOPBACK") == "1"
PAYING = from_environment(os.environ)  # its variables are listed there
OWN_APPS = own_apps(os.environ)  # likewise
SUPPORT_EMAIL = os.environ.get("ENTRO_SUPPORT_EMAIL", "")
DELETION_DAYS = int(os.environ.get("ENTRO_DELETION_DAYS", "7"))
SYNC_SECONDS = int(os.environ.get("ENTRO_SYNC_SECONDS", "60"))

INSTALLED_APPS = [
    "reference_app.web",
    "reference_app.tenants",
    "reference_app.stores",
    "reference_app.records",
    "reference_app.settling",
    "reference_app.goods",
    "reference_app.stock",
    "reference_app.syncing",
    "reference_app.api",
    "reference_app.orders",
    "reference_app.audit",
    "reference_app.billing",
    "reference_app.paying",
    "reference_app.support",
    "reference_app.policies",
    "reference_app.status",
    "reference_app.rights",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "reference_app.web.middleware.MoreHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "reference_app.web.middleware.ChosenLanguage",
    "django.middleware.locale.LocaleMiddleware",
    "reference_app.web.middleware.UploadLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "reference_app.web.middleware.LostSession",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "reference_app.tenants.middleware.KnownSession",
    "reference_app.tenants.middleware.CurrentMerchant",
    "reference_app.policies.middleware.AcceptedPolicies",
]
ROOT_URLCONF = "reference_app.urls"
WSGI_APPLICATION = "reference_app.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "reference_app.web.context.shell",
                "reference_app.policies.context.notice",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "reference_app.web.templatetags.entro",
                "reference_app.settling.templatetags.settling",
            ],
        },
    }
]

# Accounts
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "reference_app.tenants.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "reference_app.tenants.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "reference_app.tenants.models.shown_as"
# Codes instead of links: nothing in a mail opens a door when a scanner follows it, and no address
# of ours is built from what a request says.
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "[Entro] "
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_METHODS = {"password", "mfa"}
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"invite": "30/h/user"}  # beside the library's own, which are kept
MFA_ADAPTER = "reference_app.tenants.adapter.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Entro"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ALLAUTH_TRUSTED_PROXY_COUNT = int(
    os.environ.get("ENTRO_PROXIES") or os.environ.get("ENTRO_HTTPS") == "1"
)

# Limits against guessing are counted in the database: every process and every machine sees them,
# its `add` is atomic (a file cache's is not), and nobody needs another server for it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    "process": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

# Mail
globals().update(mail(os.environ.get("ENTRO_EMAIL_URL", "")))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get("ENTRO_EMAIL_FROM") or "Entro <no-reply@localhost>"

# Language and time
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# Static files
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE / "static"]
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, *PAYING.form_targets()],  # the way to VNPay begins with a form
        "frame-ancestors": [NONE],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
UPLOAD_LIMIT = int(os.environ.get("ENTRO_UPLOAD_MB", "12")) * 1024 * 1024  # bytes
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("ENTRO_HTTPS") == "1"
# Without TLS browsers offer passkeys on `localhost` alone; the library would refuse even that.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not SESSION_COOKIE_SECURE
if SESSION_COOKIE_SECURE:  # behind a proxy that ends TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    # Browsers take such a cookie from this very host over TLS only: no neighbour can plant one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
CSRF_FAILURE_VIEW = "reference_app.web.views.csrf_failure"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"reference_app": {"level": "INFO"}, "entrosdk": {"level": "WARNING"}},
}
