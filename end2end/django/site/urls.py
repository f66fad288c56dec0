from django.urls import include, path

urlpatterns = [path("", include("booktest.urls", namespace="main"))]
