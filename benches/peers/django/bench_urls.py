from django.http import HttpResponse
from django.urls import path
from urls import urlpatterns as manual


def one(request):
    """The least that a page can ask of its session."""
    return HttpResponse(request.session.get("uname", ""), content_type="text/plain; charset=utf-8")


urlpatterns = [path("one/", one), *manual]
