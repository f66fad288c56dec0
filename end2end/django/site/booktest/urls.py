from django.urls import path

from . import probe, races, views

app_name = "main"
urlpatterns = [
    path("", views.index, name="index"),
    path("login/", views.login, name="login"),
    path("login_handle/", views.login_handle, name="login_handle"),
    path("logout/", views.logout, name="logout"),
    # Not in the manual: for the tests.
    path("probe/", probe.probe),
    path("race/name", races.name),
    path("race/keys", races.keys),
    path("race/set/<key>", races.put),
    path("race/idle", races.idle),
    path("race/fail/<name>", races.fail),
    path("race/slow/<int:gate>/<what>", races.slow),
    path("gate/<int:gate>/inside", races.wait_inside),
    path("gate/<int:gate>/open", races.open_gate),
]
