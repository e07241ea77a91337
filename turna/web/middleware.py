"""What every request passes: the content security policy, and which institution it concerns."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Handler) -> Handler:
    return get_response


def institution(get_response: Handler) -> Handler:
    return get_response
