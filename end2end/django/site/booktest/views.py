from datetime import timedelta

from django.shortcuts import redirect, render
from django.urls import reverse


def index(request):
    uname = request.session.get("uname")
    return render(request, "booktest/index.html", {"uname": uname})


def login(request):
    return render(request, "booktest/login.html")


def login_handle(request):
    request.session["uname"] = request.POST["uname"]
    match request.POST.get("expiry"):
        case "10":
            request.session.set_expiry(10)
        case "days":
            request.session.set_expiry(timedelta(days=5))
        case "0":
            request.session.set_expiry(0)
        case "None":
            request.session.set_expiry(None)
    return redirect(reverse("main:index"))


def logout(request):
    request.session.flush()
    return redirect(reverse("main:index"))
