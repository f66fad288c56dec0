"""Django's side of payload.rs: reads a session as JSON, prints a part of a table's line."""

import json
import sys
import time

from django.conf import settings

settings.configure(SECRET_KEY=sys.argv[1], INSTALLED_APPS=[])
import django

django.setup()
from django.contrib.sessions.backends.base import SessionBase

ROUNDS = int(sys.argv[2])
session = json.load(sys.stdin)
store = SessionBase()
payload = store.encode(session)


def timed(work, argument):
    times = []
    # The first half warms up.
    for _ in range(2 * ROUNDS):
        start = time.perf_counter()
        work(argument)
        times.append(time.perf_counter() - start)
    times = sorted(times[ROUNDS:])
    return f"{times[ROUNDS // 2] * 1e6:.1f} / {times[ROUNDS * 99 // 100] * 1e6:.1f}"


print(f"{len(payload)} | {timed(store.encode, session)} | {timed(store.decode, payload)} |")
