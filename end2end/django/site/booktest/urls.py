from django.urls import path

from . import probe, views

app_name = "main"
urlpatterns = [
    path("", views.index, name="index"),
    path("login/", views.login, name="login"),
    path("login_handle/", views.login_handle, name="login_handle"),
    path("logout/", views.logout, name="logout"),
    # Not in the manual: for the tests.
    path("probe/", probe.probe),
]
