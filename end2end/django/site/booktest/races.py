"""What the races of ours need beside the manual's views: see `tests/races`."""

import threading
from collections import defaultdict

from django.http import HttpResponse

# So long nobody waits at a gate unless something went wrong.
PATIENCE = 15


class Gate:
    def __init__(self):
        self.inside = threading.Event()
        self.open = threading.Event()


gates = defaultdict(Gate)


def name(request):
    return HttpResponse(request.session.get("uname", "nobody"))


def keys(request):
    return HttpResponse(" ".join(sorted(key for key in request.session.keys() if key[0] != "_")))


def put(request, key):
    request.session[key] = 1
    return HttpResponse()


def idle(request):
    request.session.set_expiry(100)
    return HttpResponse()


def fail(request, name):
    # As django.contrib.auth.login does.
    request.session.cycle_key()
    request.session["uname"] = name
    return HttpResponse(status=500)


def slow(request, gate, what):
    # The session in hand: Django loads it when it is first asked.
    request.session.get("uname")
    gates[gate].inside.set()
    gates[gate].open.wait(PATIENCE)
    del gates[gate]
    if what == "saves":
        request.session["late"] = 1
    elif what == "cycles":
        request.session.cycle_key()
    return HttpResponse()


def wait_inside(request, gate):
    return HttpResponse(status=200 if gates[gate].inside.wait(PATIENCE) else 408)


def open_gate(request, gate):
    gates[gate].open.set()
    return HttpResponse()
