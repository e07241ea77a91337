"""Turna's paths and one that does nothing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import path

from turna.config.urls import handler403, handler404, handler500  # noqa: F401
from turna.config.urls import urlpatterns as ours


@login_required
def nothing(request: HttpRequest) -> HttpResponse:
    request.standing  # noqa: B018 - what every page of ours reads
    return HttpResponse(status=204)


urlpatterns = [path("medicion/nada/", nothing), *ours]
