"""No cookies: an interface needs none, and the library tells an odd one by a trace with its values."""

from http.cookiejar import CookieJar


class NoCookies(CookieJar):
    """Takes none, so that none is sent."""

    def extract_cookies(self, response: object, request: object) -> None: ...
