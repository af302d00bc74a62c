"""Settings. What differs from place to place comes from the environment, read by `config.env`.

A bad value stops the start, naming the variable.
"""

from datetime import timedelta
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

from config import env
from config.secret_key import development_key, require_strong

BASE = Path(__file__).resolve().parent.parent
VAR = BASE / "var"

# Where this runs

ICP_ENVIRONMENT = env.choice("ICP_ENVIRONMENT", ["development", "production"], "development")
PRODUCTION = ICP_ENVIRONMENT == "production"

DEBUG = env.boolean("DEBUG", not PRODUCTION)
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", [] if PRODUCTION else [".localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")

if PRODUCTION:
    require_strong("SECRET_KEY", SECRET_KEY)
    if DEBUG:
        raise ImproperlyConfigured("DEBUG: on, which shows settings and code to visitors. Unset it in production.")
    if not ALLOWED_HOSTS or any("*" in host for host in ALLOWED_HOSTS):
        raise ImproperlyConfigured(
            f"ALLOWED_HOSTS: {','.join(ALLOWED_HOSTS)!r} will not do in production. "
            "Set it to the host names people use, as in crm.example.com,.example.org."
        )
elif not SECRET_KEY:
    SECRET_KEY = development_key(VAR / "secret_key")

# Application

INSTALLED_APPS = [
    "crm",
    "personas",
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    # The first, so that all of a request is over when it rings.
    "crm.doorbell.doorbell",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Says who makes a change, to the history of what they change.
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

UNFOLD = {
    "SITE_TITLE": "ICP CRM",
    "SITE_HEADER": "ICP CRM",
    "SITE_SYMBOL": "target",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("crm/icon.svg")}],
    "STYLES": [
        lambda request: static("crm/admin.css"),
        lambda request: static("crm/card.css"),
        lambda request: static("crm/overview.css"),
        lambda request: static("crm/list.css"),
        lambda request: static("crm/working.css"),
        lambda request: static("crm/people.css"),
        lambda request: static("crm/titles.css"),
        lambda request: static("crm/contacts.css"),
        lambda request: static("crm/integration.css"),
        lambda request: static("crm/webhook.css"),
    ],
    "SCRIPTS": [lambda request: static("crm/names.js"), lambda request: static("crm/working.js")],
    "SITE_URL": None,
    "SHOW_VIEW_ON_SITE": False,
    "DASHBOARD_CALLBACK": "crm.admin.home.home",
    "SIDEBAR": {"show_search": True, "navigation": "crm.admin.navigation.sidebar"},
    "COLORS": {
        "primary": {
            "50": "oklch(96.2% .018 272.314)",
            "100": "oklch(93% .034 272.788)",
            "200": "oklch(87% .065 274.039)",
            "300": "oklch(78.5% .115 274.713)",
            "400": "oklch(67.3% .182 276.935)",
            "500": "oklch(58.5% .233 277.117)",
            "600": "oklch(51.1% .262 276.966)",
            "700": "oklch(45.7% .24 277.023)",
            "800": "oklch(39.8% .195 277.366)",
            "900": "oklch(35.9% .144 278.697)",
            "950": "oklch(25.7% .09 281.288)",
        },
    },
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm.api.authentication.KeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["crm.api.permissions.MayUse"],
    "DEFAULT_THROTTLE_CLASSES": ["crm.api.throttling.CallsAMinute"],
    "DEFAULT_FILTER_BACKENDS": ["personas.api.narrowing.Narrowed"],
    "DEFAULT_PAGINATION_CLASS": "personas.api.paging.ByKeyset",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["personas.api.limits.BoundedJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "crm.api.schema.operations.Operations",
    "EXCEPTION_HANDLER": "crm.api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}

SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.1",
    "TITLE": "ICP CRM",
    "DESCRIPTION": "Companies and people in, scores and receipts out. Errors are problems as RFC 9457 has them. Lists "
    "come in pages: follow `next`. Every moment is in UTC. Unknown is null, and never left out.",
    "VERSION": "1.0",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "TAGS": [
        {"name": "me", "description": "Who calls, and what they may do."},
        {"name": "companies", "description": "Accounts: facts, who works them, and how well they fit."},
        {"name": "contacts", "description": "People, their job titles, and who they are among the personas."},
        {"name": "lookup", "description": "Who is this? One domain or address, in one round trip."},
        {"name": "bulk", "description": "Many companies or contacts at once, and jobs for still more."},
        {"name": "fit", "description": "Receipts, questions, the research worklist, and what-if."},
        {"name": "scores", "description": "What each profile says of each company."},
        {"name": "fit-changes", "description": "What changed, when, and because of what."},
        {"name": "investors", "description": "Who invests in companies."},
        {"name": "activities", "description": "Notes, calls, meetings and tasks."},
        {"name": "deals", "description": "Deals and their stages."},
        {"name": "personas", "description": "Whom we talk to."},
        {"name": "profiles", "description": "Whom we build for: the kinds of company and of person."},
        {"name": "lists", "description": "Named lists that rules read."},
        {"name": "rulesets", "description": "Published rules: read, publish, activate."},
        {"name": "webhooks", "description": "Events as they happen: subscriptions and deliveries."},
    ],
    "POSTPROCESSING_HOOKS": ["crm.api.schema.events.with_events", "crm.api.schema.operations.finish"],
    # Pages for development that fetch from elsewhere are not served; see crm.api.schema.pages.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    # `make schema` checks it.
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
}

# How often a person may call the API; an integration has a limit of its own.
API_CALLS_A_MINUTE = env.integer("API_CALLS_A_MINUTE", 600, at_least=1)
# After so many wrong keys from one address, the next is kept waiting.
API_WRONG_KEYS_A_MINUTE = env.integer("API_WRONG_KEYS_A_MINUTE", 60, at_least=1)
# No body of a call is larger; 10 MiB.
API_BODY_BYTES = env.integer("API_BODY_BYTES", 10 * 1024 * 1024, at_least=1024)
# A job takes so many rows of a bulk upsert, in a body of so many bytes, 256 MiB; it is forgotten so many days after it.
JOB_ROWS = env.integer("JOB_ROWS", 200_000, at_least=1)
JOB_BYTES = env.integer("JOB_BYTES", 256 * 1024 * 1024, at_least=1024)
JOB_DAYS = env.integer("JOB_DAYS", 7, at_least=1)
# How many proxies of yours stand in front: the address of a caller is what the last but so many was told.
API_PROXIES = env.integer("API_PROXIES", 0)

# Webhooks

# Networks inside that may be told as well, like 10.1.0.0/16; without it only public addresses are.
WEBHOOK_NETWORKS = env.networks("WEBHOOK_NETWORKS")
# Addresses may begin with http://, too: only where nobody can listen in.
WEBHOOK_PLAIN_HTTP = env.boolean("WEBHOOK_PLAIN_HTTP", False)
# A webhook of which nothing arrives for so many days is switched off.
WEBHOOK_FAILING_DAYS = env.integer("WEBHOOK_FAILING_DAYS", 5, at_least=1)
# What was sent, and how that went, is kept for so many days.
WEBHOOK_LOG_DAYS = env.integer("WEBHOOK_LOG_DAYS", 30, at_least=4)

# Database

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# A page gives up on a query after 15 seconds (set in wsgi.py and asgi.py), commands and
# workers after 120. 0 means never.
STATEMENT_TIMEOUT_SECONDS = env.integer("STATEMENT_TIMEOUT_SECONDS", 120)

DATABASE = env.database("DATABASE_URL", "sqlite:///var/db.sqlite3", base=BASE)
POSTGRESQL = DATABASE["ENGINE"] == "django.db.backends.postgresql"
if POSTGRESQL:
    DATABASE |= {
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c lock_timeout=5s"
            f" -c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s"
            " -c idle_in_transaction_session_timeout=30s",
            "application_name": "icp-crm",
            # A server that is frozen or cut off would be waited for over two minutes.
            "connect_timeout": 5,
            **DATABASE["OPTIONS"],
        },
    }
else:
    DATABASE |= {
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # Django itself turns foreign_keys on.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
        # A file, because tests of concurrency need two connections.
        "TEST": {"NAME": DATABASE["NAME"].with_name(f"test_{DATABASE['NAME'].name}")},
    }
    DATABASE["NAME"].parent.mkdir(parents=True, exist_ok=True)
DATABASES = {"default": DATABASE}

# Scoring

SCORING_LANES = env.integer("SCORING_LANES", 4 if POSTGRESQL else 1, at_least=1)
SCORING_BATCH = env.integer("SCORING_BATCH", 10_000, at_least=1)
# Scores further behind than this are no longer healthy.
SCORING_LAG_LIMIT_SECONDS = env.integer("SCORING_LAG_LIMIT_SECONDS", 300, at_least=1)
METRICS_TOKEN = env.text("METRICS_TOKEN")
# What nobody has fetched from the outbox after so many days is dropped.
OUTBOX_DAYS = env.integer("OUTBOX_DAYS", 7, at_least=1)
# The dashboard is counted again after so many minutes, when something has changed; 0: only when somebody asks.
SURVEY_MINUTES = env.integer("SURVEY_MINUTES", 60)

# Celery. Without REDIS_URL there is no broker; `manage.py scoring_worker` then does the work.

REDIS_URL = env.redis("REDIS_URL")
CELERY_BROKER_URL = env.broker(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # workers and beat wait for the broker for ever
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # Redis sends a message again that nobody has confirmed for this long.
    "visibility_timeout": 300,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    # Without these limits a broker that is silent holds whoever sends for over 45 seconds.
    "socket_timeout": 0.5,
    "socket_connect_timeout": 0.5,
    "socket_keepalive": True,
    "max_retries": 0,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
# Otherwise each task connects to the database anew, which takes longer than most of them.
# Each task begins by closing what is old or dead.
CELERY_DB_REUSE_MAX = 10_000
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SERIALIZER = "json"
CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Every bell rings again within a minute: beat needs no file to remember when it last did.
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "drain": {
        "task": "crm.tasks.drain_all_lanes",
        "schedule": timedelta(seconds=5),
        # When a worker comes back, it must not work through all the bells that it missed.
        "options": {"expires": 10},
    },
    "audit": {
        "task": "crm.tasks.audit_some",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
}

# People

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# Transport. `manage.py check --deploy` is clean on the defaults of production.

SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_PROXY_SSL_HEADER = env.header("SECURE_PROXY_SSL_HEADER")
SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.boolean("SECURE_HSTS_INCLUDE_SUBDOMAINS", PRODUCTION)
SECURE_HSTS_PRELOAD = env.boolean("SECURE_HSTS_PRELOAD", PRODUCTION)
SESSION_COOKIE_SECURE = env.boolean("SESSION_COOKIE_SECURE", PRODUCTION)
CSRF_COOKIE_SECURE = env.boolean("CSRF_COOKIE_SECURE", PRODUCTION)

# Language and time

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# Static files. In development they are served from where they are, with nothing to collect.

STATIC_URL = "static/"
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE / "staticfiles") if PRODUCTION else "") or None
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

# Logs: one line an event, key=value, to standard error.

LOG_LEVEL = env.choice("LOG_LEVEL", ["DEBUG", "INFO", "WARNING", "ERROR"], "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "time=%(asctime)s level=%(levelname)s logger=%(name)s %(message)s"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}
