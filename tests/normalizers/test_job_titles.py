"""Titles of one job have one match key, however they are abbreviated and turned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.normalizers.job_titles import job_title_key
from tests.normalizers.given_contacts import contact, normalized


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VP, Sales", "Vice President of Sales"),
        ("Sr. Ops Mgr", "Senior Operations Manager"),
        ("C.E.O.", "chief executive officer"),
        ("Manager, Sales", "Sales Manager"),
        ("Head of HR", "Human Resources Head"),
    ],
)
def test_one_job_has_one_key(one: str, other: str) -> None:
    assert job_title_key(one) == job_title_key(other) is not None


def test_a_grade_tells_two_jobs_apart() -> None:
    assert job_title_key("Senior Engineer") != job_title_key("Junior Engineer")


@pytest.mark.parametrize(
    "nothing", ["", "n/a", "N/A", "-", "unknown", "Employee", "Mrs.", "Herr", "Mr. and Mrs.", "Master"]
)
def test_what_names_no_work_has_no_key(nothing: str) -> None:
    assert job_title_key(nothing) is None


@given(st.text(max_size=60))
def test_any_text_is_read_and_its_key_is_its_own(text: str) -> None:
    key = job_title_key(text)
    assert key is None or job_title_key(key) == key


def test_contacts_keep_the_title_as_given_beside_its_key() -> None:
    [found] = normalized(contact(job_title="VP Sales"))
    assert (found["job_title"], found["job_title_key"]) == ("VP Sales", "president sales vice")
