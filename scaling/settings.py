"""Django's settings, made of what ``scaling.env`` read. Nothing else reads the process's environment."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import django_stubs_ext
import environ
from csp.constants import NONE, SELF

from scaling import __version__
from scaling.database import database_settings
from scaling.env import PROJECT_ROOT, read_environment

django_stubs_ext.monkeypatch()

SCALING = read_environment()
PUBLIC_URL = SCALING.public_url.rstrip("/") or "http://localhost:8000"
PUBLIC_HOST = urlsplit(PUBLIC_URL).hostname or "localhost"
IS_HTTPS = PUBLIC_URL.startswith("https://")
OPERATOR_EMAIL = SCALING.operator_email or "operator@localhost"
OUTBOUND_ALLOWED_NETWORKS = SCALING.outbound_allowed_networks
APPRISE_SCHEMES = SCALING.apprise_schemes
DEAD_MAN_URL = SCALING.dead_man_url
DEMO_MAIL_DIR = "" if SCALING.production else SCALING.demo_mail_dir

DEBUG = SCALING.debug
SECRET_KEY = SCALING.secret_key
SECRET_KEY_FALLBACKS = list(SCALING.secret_key_fallbacks)
ALLOWED_HOSTS = list(SCALING.allowed_hosts) or [
    PUBLIC_HOST,
    *([] if SCALING.production else ["localhost", "127.0.0.1", "[::1]"]),
]

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "scaling.admin.app.ScalingAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "pgtrigger",
    "scaling",
    "accounts",
    "escalation",
    "incidents",
]
MIDDLEWARE = [
    "scaling.request_id.RequestIdMiddleware",
    "scaling.request_log.RequestLogMiddleware",
    "scaling.deadline.middleware.DeadlineMiddleware",
    "scaling.health.HealthMiddleware",
    "scaling.api.middleware.ApiMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.middleware.AuditMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.second_factor.middleware.SecondFactorMiddleware",
    "axes.middleware.AxesMiddleware",
    "accounts.middleware.KeyUseMiddleware",
]
ROOT_URLCONF = "scaling.urls"
WSGI_APPLICATION = "scaling.wsgi.application"
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# A policy with all the layers it may have, each naming as many people as it may, is one form of the admin.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000
# Files are taken where a view asks for them (scaling.uploads), a bundle of another product at most.
DATA_UPLOAD_MAX_NUMBER_FILES = 2_000
FILE_UPLOAD_HANDLERS = ["scaling.uploads.NoFiles"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PROJECT_ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {"default": database_settings(SCALING)}
# How long a request waits for the database in all; a silent API answers 503 within two seconds.
API_DATABASE_SECONDS = 1.5
PAGE_DATABASE_SECONDS = 10.0
IMPORT_DATABASE_SECONDS = 120.0
# Web processes share one cache, as it holds how often a code was tried and which codes were used.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "scaling_cachedvalue",
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CLOCK = "scaling.clock.DatabaseClock"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = ["scaling.formats"]

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "me"
PASSWORD_RESET_TIMEOUT = 60 * 60

# A login has one email, which is the user's (design D11): allauth's own table of addresses stays empty, its pages for
# signing up and for addresses have no URL, and mails leave by a worker (ADR 17).
ACCOUNT_ADAPTER = "accounts.sign_in.adapter.AccountAdapter"
ACCOUNT_FORMS = {"reset_password": "accounts.sign_in.forms.ResetPasswordForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105 - a class
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    # Codes of a second factor; passwords are what axes counts.
    "login_failed": "5/5m/key",
    "reset_password": "20/h/ip,3/h/key",
}
MFA_ADAPTER = "accounts.second_factor.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = f"Scaling {PUBLIC_HOST}"
# With any tolerance a code would outlive the thirty seconds for which it is remembered that it was used.
MFA_TOTP_TOLERANCE = 0
REQUIRE_SECOND_FACTOR = SCALING.require_second_factor

AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "accounts.sign_in.lockout.email_tried"
AXES_CLIENT_IP_CALLABLE = "accounts.sign_in.lockout.address_tried_from"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.lockout.locked_out"
AXES_SENSITIVE_PARAMETERS = ["login", "username", "credential", "code"]
AXES_DISABLE_ACCESS_LOG = True
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

# The __Host- prefix makes browsers refuse the cookie without TLS or from another host; it needs Secure.
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True

SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SCALING.trust_proxy_ssl else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if IS_HTTPS else 0
# Stricter, and browsers send "Origin: null" with the forms of our own pages, which are then refused as forged.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Subdomains and the preload list concern hosts that are not this program's to speak for.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
    }
}

LOGGING_CONFIG = "scaling.logs.configure"
LOGGING = {"level": SCALING.log_level}

STATIC_URL = "/static/"
# Static files are served from where the packages keep them: there is no step that collects them.
WHITENOISE_USE_FINDERS = True

vars().update(environ.Env.email_url_config(SCALING.email_url or "consolemail://"))
# A page channel gives up after eight seconds (design D8).
EMAIL_TIMEOUT = 8
DEFAULT_FROM_EMAIL = SERVER_EMAIL = SCALING.from_email or f"scaling@{PUBLIC_HOST}"

UNFOLD = {
    "SITE_TITLE": "Scaling",
    "SITE_HEADER": "Scaling",
    "SITE_SUBHEADER": "scaling.admin.navigation.acting_in",
    "SITE_SYMBOL": "stairs_2",
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"navigation": "scaling.admin.navigation.sidebar"},
    "ACCOUNT": {"navigation": "scaling.admin.navigation.own_pages"},
    "STYLES": ["scaling.admin.navigation.stylesheet"],
    "SCRIPTS": ["scaling.admin.navigation.script"],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "scaling.admin.navigation.icon"}],
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        }
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["scaling.api.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["scaling.api.parsers.StrictJsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["scaling.api.renderers.JsonRenderer"],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "scaling.api.schema.ApiSchema",
    "EXCEPTION_HANDLER": "scaling.api.exceptions.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Scaling",
    "DESCRIPTION": (
        "Escalation policies, on-call schedules and incidents of one organization. What only the server sets may be"
        " sent back as it was read, and is ignored; any other field that is not described is refused."
    ),
    "VERSION": __version__,
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/v1",
    "PATH_CONVERTER_OVERRIDES": {
        "prefixed_id": {"type": "string"},
        "resource_id": {"type": "string", "format": "uuid"},
    },
    "POSTPROCESSING_HOOKS": [],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_PUBLIC": True,
}
