"""Markdown as it stands in the file."""

from __future__ import annotations

from present_samples import frame

from crmcli.analysis.views import Column, Kind, View
from crmcli.present.markdown import markdown_chunks

VIEW = View("v", "V", "", (Column("customer_id", Kind.ID, ""), Column("orders", Kind.INTEGER, "")))


def test_numbers_are_set_right_and_nothing_is_active() -> None:
    table = frame(VIEW, [["a|b\n`<[*_", 12], [None, None], ["\x1b\u202e\\", 1]])
    assert b"".join(markdown_chunks(table, VIEW)).decode() == (
        "| customer\\_id | orders |\n| --- | ---: |\n| a\\|b␊\\`\\<\\[\\*\\_ | 12 |\n|  |  |\n| ␛\\\\u202e\\\\ | 1 |\n"
    )
