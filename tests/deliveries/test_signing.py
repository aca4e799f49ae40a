"""Signatures that the libraries of Standard Webhooks accept."""

from __future__ import annotations

import pytest

from dedupe.deliveries.signing import secret_bytes, signed_headers

KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"test": 2432232314}'


@pytest.mark.parametrize("text", [KEY, f"whsec_{KEY}", f" whsec_{KEY}\n"])
def test_the_example_of_the_specification_is_signed_as_it_says(text: str) -> None:
    headers = signed_headers([secret_bytes(text)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, BODY)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_secrets_are_rotated_each_signs() -> None:
    old, new = secret_bytes(KEY), secret_bytes(KEY[::-1])
    both = signed_headers([new, old], "1", 2, BODY)["webhook-signature"].split(" ")
    assert both == [signed_headers([one], "1", 2, BODY)["webhook-signature"] for one in (new, old)]
    assert both[0] != both[1]


@pytest.mark.parametrize(
    ("text", "why"), [("no base64!", "base64"), ("c2hvcnQ=", "5 bytes"), ("", "0 bytes")]
)
def test_a_secret_that_is_none_is_refused_without_being_repeated(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        secret_bytes(text)
    assert not text or text not in str(refused.value)
