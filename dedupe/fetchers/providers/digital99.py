"""99 Digital Online: the Chatwoot family with an account's number in the path and a user's API key."""

from urllib.parse import quote

from dedupe.fetchers.providers.chatwoot import Chatwoot, Product
from dedupe.fetchers.settings import SourceSettings


def _path(settings: SourceSettings) -> str:
    return f"/api/v1/accounts/{quote(settings.account_id or '', safe='')}/contacts"


def _headers(settings: SourceSettings) -> dict[str, str]:
    # Some proxies drop header names with an underscore; the other spelling reaches the service then.
    token = settings.secrets.get("token", "")
    return {"api_access_token": token, "api-access-token": token}


PRODUCT = Product(
    path=_path,
    headers=_headers,
    base_url="https://online.99digital.co.il",
    ascending={"sort": "created_at"},
    descending={"sort": "-created_at"},
    verb="PUT",
    removes=True,
)


def digital99(settings: SourceSettings) -> Chatwoot:
    return Chatwoot(settings, PRODUCT)
