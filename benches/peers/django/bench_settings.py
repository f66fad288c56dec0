"""The manual's site, with SQLite as durable as Huihua's, and connections that are kept."""

from settings import *
from settings import DATABASES

ROOT_URLCONF = "bench_urls"

DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
