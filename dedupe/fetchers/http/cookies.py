"""A cookie jar that stays empty: APIs need none, and the library logs a malformed cookie with its values."""

from http.cookiejar import CookieJar


class NoCookies(CookieJar):
    """A cookie jar that stores nothing, so nothing is sent."""

    def extract_cookies(self, response: object, request: object) -> None: ...
