"""The manual's site. Where its sessions are is for the environment to say."""

import json
import os
import pathlib
from urllib.parse import unquote, urlsplit

BASE_DIR = pathlib.Path(__file__).resolve().parent

SECRET_KEY = os.environ["SECRET_KEY"]
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("SECRET_KEY_FALLBACKS", "").split(",") if key]
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "booktest",
]
# As in the manual, whose forms have no token: no CsrfViewMiddleware.
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True},
]


def database(url):
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:")}
    if parts.scheme == "mysql":
        import pymysql

        pymysql.install_as_MySQLdb()
    return {
        "ENGINE": "django.db.backends." + {"postgres": "postgresql"}.get(parts.scheme, parts.scheme),
        "NAME": parts.path.strip("/"),
        "USER": parts.username,
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": parts.port,
    }


DATABASES = {"default": database(os.environ["DATABASE_URL"])}
if "CACHES" in os.environ:
    CACHES = {"default": json.loads(os.environ["CACHES"])}

SESSION_ENGINE = os.environ["SESSION_ENGINE"]
SESSION_FILE_PATH = os.environ.get("SESSION_FILE_PATH")
# The names of the manual, which django-redis-sessions read until 0.5, as it reads them since 0.6.
SESSION_REDIS = {
    "host": "127.0.0.1",
    "port": int(os.environ.get("SESSION_REDIS_PORT", "6379")),
    "db": 0,
    "password": os.environ.get("SESSION_REDIS_PASSWORD", ""),
    "prefix": "session",
    # Its own tenth of a second is short on a busy machine.
    "socket_timeout": 5,
}
