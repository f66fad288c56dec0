"""One session, asked and changed by a program: the same requests that the tests' own site takes."""

import json
from datetime import timedelta

from django.contrib import auth, messages
from django.contrib.auth.models import User
from django.http import JsonResponse
from django.utils import timezone


def shown(value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Half a character can't be sent.
    return text.encode(errors="backslashreplace").decode()


def probe(request):
    session = request.session
    order = json.loads(request.body or b"{}")
    match order:
        case {"set": values}:
            session.update(values)
        case {"python": expression}:
            # What JSON can't say: tuples, infinities, integers of any size.
            session.update(eval(expression))
        case {"delete": keys}:
            for key in keys:
                del session[key]
        case {"idle": seconds}:
            session.set_expiry(seconds)
        case {"lasts": seconds}:
            session.set_expiry(timedelta(seconds=seconds))
        case {"close": _}:
            session.set_expiry(0)
        case {"default": _}:
            session.set_expiry(None)
        case {"cycle": _}:
            session.cycle_key()
        case {"flush": _}:
            session.flush()
        case {"message": text}:
            messages.info(request, text)
        case {"sign_in": name}:
            user, made = User.objects.get_or_create(username=name)
            if made:
                user.set_password("first")
                user.save()
            auth.login(request, user, "django.contrib.auth.backends.ModelBackend")
        case {"password": password}:
            user = User.objects.get(pk=request.user.pk)
            user.set_password(password)
            user.save()
    data = {key: value for key, value in session.items() if key != "_session_expiry"}
    answer = {
        "data": {
            key: shown(value) for key, value in data.items()
        },
        # As Python compares, so that nothing is rounded on the way to the tests.
        "python": {key: repr(value) for key, value in data.items()},
        "lasts": round((session.get_expiry_date() - timezone.now()).total_seconds()),
        "close": session.get_expire_at_browser_close(),
        "user": request.user.get_username() or None,
    }
    if request.user.is_authenticated:
        answer["password"] = request.user.password
    return JsonResponse(answer)
