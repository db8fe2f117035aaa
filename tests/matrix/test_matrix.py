"""The cases of `./run faults` name tests that exist, and their table stands in the documents.

./run faults --help
"""

import re

from tests.matrix.books import Row
from tests.matrix.cases import CASES, ROOT
from tests.matrix.report import Report

FOUND = Row(before=3, at_hq=2, lost=1, named=1, doubled=0, screen="在线 (Online)")


def test_each_case_names_tests_that_exist() -> None:
    for node in [node for case in CASES for node in case.tests]:
        file, _, function = node.partition("::")
        text = (ROOT / file).read_text("utf-8")
        name = function.partition("[")[0]
        assert not name or re.search(rf"^(async )?def {name}\(", text, re.MULTILINE), node


def test_each_case_has_its_row_in_the_documents() -> None:
    text = (ROOT / "docs/reliability.md").read_text("utf-8")
    table = text.partition("<!-- matrix: ")[2].partition("<!-- end of matrix -->")[0]
    assert re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE) == [case.name for case in CASES]


def test_a_case_is_held_only_if_all_its_tests_have_passed() -> None:
    case, report = CASES[2], Report()
    assert "not run" in report.table([case])
    report.outcomes = dict.fromkeys(case.tests, "passed")
    report.rows[case.tests[0]] = FOUND
    assert report.held(case)
    assert "| 3 | 2 | 1 | 1 | 0 | 在线 (Online) | held" in report.table([case])
    report.outcomes[case.tests[-1]] = "failed"
    assert not report.held(case)
    assert "FAILED" in report.table([case])
