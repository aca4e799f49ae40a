"""EngageLab LiveDesk: the Chatwoot family with key and secret by Basic auth, and a `direction` of its own."""

import base64

from dedupe.fetchers.providers.chatwoot import Chatwoot, Product
from dedupe.fetchers.settings import SourceSettings


def _path(_settings: SourceSettings) -> str:
    return "/api/v2/accounts/contacts"


def _headers(settings: SourceSettings) -> dict[str, str]:
    pair = f"{settings.secrets.get('key', '')}:{settings.secrets.get('secret', '')}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


PRODUCT = Product(
    path=_path,
    headers=_headers,
    base_url="https://livedesk-api.engagelab.com",
    ascending={"sort": "created_at", "direction": "asc", "include_contact_inboxes": "true"},
    descending={"sort": "created_at", "direction": "desc", "include_contact_inboxes": "true"},
    verb="PATCH",
    removes=False,
)


def livedesk(settings: SourceSettings) -> Chatwoot:
    return Chatwoot(settings, PRODUCT)
