"""Django at its best here: no middleware, a pool of connections, unmanaged tables."""

import os
from urllib.parse import urlsplit

_url = urlsplit(os.environ["DATABASE_URL"])

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _url.hostname,
        "PORT": _url.port,
        "USER": _url.username,
        "PASSWORD": _url.password,
        "NAME": _url.path.strip("/"),
        "OPTIONS": {"pool": {"min_size": 8, "max_size": 8}},
    }
}
INSTALLED_APPS = ["benchmarks.peers"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = os.environ["URLS"]
ALLOWED_HOSTS = ["127.0.0.1"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "nothing is signed with it"
USE_TZ = True
TIME_ZONE = "UTC"
REST_FRAMEWORK: dict[str, list[str] | None] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"said": {"class": "logging.StreamHandler"}},
    "loggers": {"django.request": {"handlers": ["said"], "level": "ERROR"}},
}
