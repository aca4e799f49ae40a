"""What holds for the repository as a whole."""

from importlib.metadata import version

import dedupe


def test_the_package_and_the_distribution_name_the_same_version() -> None:
    assert dedupe.__version__ == version("contact-dedupe")
