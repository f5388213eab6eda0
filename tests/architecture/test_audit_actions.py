"""Every action of the audit has a sentence and a name in the web client, and a line in docs/audit.md."""

import re
from typing import get_args

from shared.contract.audit import AuditAction, AuditGroup, actions_of, group_of
from shared.settings import ROOT

ACTIONS = set(get_args(AuditAction))


def test_every_action_has_a_sentence_in_the_security_log() -> None:
    source = (ROOT / "web/format/audit_sentences.js").read_text()
    about_you = source.split("const ABOUT_YOU = {")[1].split("\n};")[0]
    by_you = source.split("const BY_YOU = {")[1].split("\n};")[0]

    assert set(re.findall(r"^  '([a-z_.]+)':", about_you, re.MULTILINE)) == ACTIONS
    assert set(re.findall(r"^  '([a-z_.]+)':", by_you, re.MULTILINE)) <= ACTIONS


def test_every_action_has_a_name_in_the_audit_of_the_site() -> None:
    source = (ROOT / "web/views/pages/admin/audit_names.js").read_text()
    names = source.split("const ACTIONS = {")[1].split("\n};")[0]

    assert set(re.findall(r"^  '([a-z_.]+)':", names, re.MULTILINE)) == ACTIONS


def test_every_action_is_documented_with_its_group() -> None:
    rows = re.findall(
        r"^\| `([a-z_]+\.[a-z_]+)` \| `([a-z_]+)` \|",
        (ROOT / "docs/audit.md").read_text(),
        re.MULTILINE,
    )

    assert dict(rows) == {action: group_of(action).value for action in get_args(AuditAction)}
    assert len(rows) == len(ACTIONS)


def test_no_group_is_empty() -> None:
    assert all(actions_of(group) for group in AuditGroup)
