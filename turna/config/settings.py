"""All settings, from the environment. Three modes, by TURNA_MODE: production (the default), demo and test.

Production refuses to start with a demo secret or with DEBUG; `turna serve` also refuses a database that
holds demo accounts. A domain never adds a line here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from turna.config import environment as env

BASE_DIR = Path(__file__).resolve().parent.parent.parent
DEMO_SECRET = "demostracion-sin-valor-no-usar-en-produccion"  # noqa: S105

# production | demo | test. Tests run as "test" without being told.
TURNA_MODE = env.text("TURNA_MODE", "test" if "pytest" in sys.modules else "production")
if TURNA_MODE not in {"production", "demo", "test"}:
    raise ImproperlyConfigured(f"TURNA_MODE debe ser production, demo o test, no «{TURNA_MODE}».")

DEBUG = env.flag("TURNA_DEBUG")
SECRET_KEY = env.text("TURNA_SECRET_KEY", "" if TURNA_MODE == "production" else DEMO_SECRET)
SECRET_KEY_FALLBACKS = env.words("TURNA_SECRET_KEY_FALLBACKS")
# Where private files, the embedded database and generated secrets live; never under the web root.
DATA_DIR = Path(env.text("TURNA_DATA_DIR", str(BASE_DIR / "var")))
MANUALS_DIR = Path(env.text("TURNA_MANUALS_DIR", str(BASE_DIR / "manuales")))

# Commands that never serve anyone (checking a pack, migrating nothing) may run without a secret.
SERVERLESS = {"audit", "manual", "pack", "procedure", "collectstatic", "makemigrations", "check", "help", "version"}
_command = sys.argv[1] if len(sys.argv) > 1 else ""
if TURNA_MODE == "production":
    if DEBUG:
        raise ImproperlyConfigured("TURNA_DEBUG no se permite en producción.")
    if not SECRET_KEY and (_command in SERVERLESS or "mypy" in sys.modules):
        SECRET_KEY = DEMO_SECRET
    elif SECRET_KEY == DEMO_SECRET or len(SECRET_KEY) < 32:
        raise ImproperlyConfigured(
            "Falta TURNA_SECRET_KEY (32 caracteres o más, propia de esta instalación). "
            "Para probar Turna sin configurar nada use «make demo»."
        )

ALLOWED_HOSTS = env.words("TURNA_HOSTS", "localhost,127.0.0.1,[::1],testserver" if TURNA_MODE != "production" else "")
# Reverse proxies that are believed when they say where a request comes from; rate limits count by that address.
PROXIES = env.words("TURNA_PROXIES", "127.0.0.1,::1")
# The address people type; links in mails use it.
PUBLIC_URL = env.text("TURNA_URL", "http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "turna.core",
    "turna.web",
    "turna.procedures",
    *[f"turna.apps.{name}" for name in env.words("TURNA_APPS")],
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "turna.web.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "turna.web.middleware.institution",
]

ROOT_URLCONF = "turna.config.urls"
WSGI_APPLICATION = "turna.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "turna" / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "turna.web.context.shell",
            ],
        },
    },
]

# postgres://… for a real institution; the embedded SQLite by default.
DATABASES = {
    "default": env.database(
        env.text("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'turna.sqlite3'}",
        env.text("TURNA_TEST_DB", "test_turna"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "core.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TURNA_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    }
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGOUT_ON_GET = False
# Officials are invited by mail; 1 lets anybody open an account.
OPEN_SIGNUP = env.flag("TURNA_OPEN_SIGNUP")
ACCOUNT_ADAPTER = "turna.core.accounts.AccountAdapter"
ACCOUNT_FORMS = {"login": "turna.core.entrance.LoginForm"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PUBLIC_URL.startswith("https") else "http"
# Wrong passwords are besides counted in the database (core.accounts), for every process together.
ACCOUNT_RATE_LIMITS = {} if TURNA_MODE == "test" else {"login_failed": "10/m/ip,5/5m/key"}
SOCIALACCOUNT_ADAPTER = "turna.core.accounts.ExternalIdentityAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = TURNA_MODE != "production"
MFA_TOTP_ISSUER = "Turna"
# OpenID Connect, ready to configure: TURNA_OIDC_ID, _NAME, _URL (server), _CLIENT and _SECRET.
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {"openid_connect": {"APPS": []}}
if env.text("TURNA_OIDC_URL"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "APPS": [
            {
                "provider_id": env.text("TURNA_OIDC_ID", "oidc"),
                "name": env.text("TURNA_OIDC_NAME", "Identidad externa"),
                "client_id": env.text("TURNA_OIDC_CLIENT"),
                "secret": env.text("TURNA_OIDC_SECRET"),
                "settings": {"server_url": env.text("TURNA_OIDC_URL")},
            }
        ]
    }

LANGUAGE_CODE = "es-mx"
LANGUAGES = [("es-mx", "Español (México)"), ("en", "English")]
TIME_ZONE = "America/Mexico_City"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = False
LOCALE_PATHS = [BASE_DIR / "turna" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "turna" / "web" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TURNA_MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = TURNA_MODE == "test"

# Private files.
FILES_DIR = DATA_DIR / "files"
MAX_UPLOAD_MB = env.number("TURNA_MAX_UPLOAD_MB", 20)
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# A sheet may have a table of 500 rows.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# host:port or a socket path of clamd; empty: files are not scanned, and the health page says so.
CLAMD = env.text("TURNA_CLAMD")

# Where maps take their tiles ({z}, {x}, {y}), and whom they credit. Empty: points are typed, no map is shown.
MAP_TILES = env.text(
    "TURNA_MAP_TILES", "" if TURNA_MODE == "test" else "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
)
MAP_ATTRIBUTION = env.text("TURNA_MAP_ATTRIBUTION", "© OpenStreetMap")

# Mail leaves only through the outbox (core.notices). smtp://user:pass@host:port?tls=1
SMTP_URL = env.text("TURNA_SMTP_URL")
MAIL_FROM = env.text("TURNA_MAIL_FROM", "Turna <turna@localhost>")
DEFAULT_FROM_EMAIL = MAIL_FROM
EMAIL_BACKEND = "turna.core.mail.OutboxBackend"

CSRF_FAILURE_VIEW = "turna.web.views.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if TURNA_MODE == "production" and PUBLIC_URL.startswith("https"):
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
TEST_RUNNER = "django.test.runner.DiscoverRunner"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.text("TURNA_LOG_LEVEL", "WARNING")},
}
