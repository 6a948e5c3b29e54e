"""A short run of the fuzzer; docs/fuzzing.md tells of the long ones."""

from __future__ import annotations

from pathlib import Path

from fuzz_reader import WRITERS, fuzz
from motcua.reading.sheets import SUFFIXES


def test_arbitrary_files_are_read_whole_or_refused_in_words(tmp_path: Path) -> None:
    count = fuzz(tmp_path, examples=200)
    assert count.total() >= 200
    assert set(WRITERS) <= {name.split()[0] for name in count} <= set(SUFFIXES)
    assert {name.split()[1] for name in count} == {"read", "refused"}
