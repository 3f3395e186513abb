"""An answer put right: only that answer changes, and what the form works out from it."""

from datetime import UTC, datetime

import pytest
from lxml import etree

from sync.core.correction import corrected, node_at
from sync.core.form import form_from

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
XFORM = b"""<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml"
    xmlns:jr="http://openrosa.org/javarosa">
  <h:head><h:title>t</h:title><model>
    <instance><data id="f" version="1"><a/><b/><sum/><twice/><other/><r><n/></r><meta><instanceID/></meta></data></instance>
    <bind nodeset="/data/a" type="int"/><bind nodeset="/data/b" type="int"/><bind nodeset="/data/r/n" type="int"/>
    <bind nodeset="/data/twice" type="string" calculate=" /data/sum * 2"/>
    <bind nodeset="/data/sum" type="string" calculate="/data/a + /data/b"/>
    <bind nodeset="/data/other" type="string" calculate="uuid()"/>
  </model></h:head>
  <h:body><input ref="/data/a"/><input ref="/data/b"/><group ref="/data/r"><repeat nodeset="/data/r"><input ref="/data/r/n"/></repeat></group></h:body>
</h:html>"""  # noqa: E501
FORM = form_from(XFORM)
SENT = (
    "<data id='f' version='1'><a>1</a><b>2</b><sum>3</sum><twice>6</twice><other>kept</other>"
    "<r><n>1</n></r><r><n>2</n></r><meta><instanceID>uuid:1</instanceID></meta></data>"
)


def with_changes(changes: dict[str, str]) -> dict[str, str]:
    """Every leaf that differs from what was sent."""
    root = etree.fromstring(SENT)
    after = corrected(root, changes, FORM, at=AT)
    assert etree.tostring(root).decode() == SENT.replace("'", '"'), "what was sent stays as it is"
    pairs = zip(root.iter(), after.iter(), strict=True)
    tree = after.getroottree()
    return {tree.getpath(new): new.text or "" for old, new in pairs if old.text != new.text}


def test_the_answer_changes_and_so_does_all_that_rests_on_it():
    assert with_changes({"/data/a": "5"}) == {"/data/a": "5", "/data/sum": "7", "/data/twice": "14"}


def test_an_answer_in_a_repeat_is_found_by_its_place():
    assert with_changes({"/data/r[2]/n": "9"}) == {"/data/r[2]/n": "9"}


def test_an_answer_can_be_taken_away():
    assert with_changes({"/data/r[1]/n": ""}) == {"/data/r[1]/n": ""}


@pytest.mark.parametrize(
    "path", ["/data/r[3]/n", "/data/missing", "/data/r", "/other/a", "/data/meta/instanceID", "", "/"]
)
def test_what_is_no_answer_of_the_record_cannot_be_put_right(path):
    assert node_at(etree.fromstring(SENT), path) is None
    assert with_changes({path: "9"}) == {}
