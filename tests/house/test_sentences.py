"""Sentences that stand outside of `iscbridge/texts`: English and Chinese are twins there too."""

from __future__ import annotations

import re
import string

import pytest

from iscbridge.cli import demo_texts, texts
from support.checkout import ROOT

PAIRS = {**texts.TEXTS, **demo_texts.TEXTS}
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!(]|[,;:?!)][\u4e00-\u9fff]")


def placeholders(template: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


@pytest.mark.parametrize("message_id", PAIRS)
def test_both_languages_use_the_same_parameters(message_id):
    english, chinese = PAIRS[message_id]
    assert placeholders(english) == placeholders(chinese)


@pytest.mark.parametrize("message_id", PAIRS)
def test_chinese_has_chinese_punctuation(message_id):
    assert not HALF_WIDTH.search(PAIRS[message_id][1])


def test_no_sentence_is_unused():
    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "iscbridge" / "cli").glob("*.py")
        if path.name not in ("texts.py", "demo_texts.py")
    )
    # `doctor.<part>` and `doctor.<part>-good` are put together from their parts
    assert [
        name for name in PAIRS if f'"{name}"' not in source and name.split(".")[-1].split("-")[0] not in source
    ] == []
