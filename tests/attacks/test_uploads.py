"""XML and workbooks that read files, call out, explode or are not what their name says."""

# ruff: noqa: E501 - an attack reads best in one line

import io
import resource
import zipfile
from pathlib import Path

import pytest

import xlsforms
from tests.javarosa.multipart import Part, body_of

LOCAL = "file:///etc/hostname"
HEAD = '<?xml version="1.0"?>'
ROOT = '<data xmlns:orx="http://openrosa.org/xforms" id="intake" version="1"><meta><instanceID>uuid:{n}</instanceID></meta><a>{a}</a></data>'
XML = {
    "an external entity": f'{HEAD}<!DOCTYPE data [<!ENTITY x SYSTEM "{LOCAL}">]>' + ROOT.format(n=1, a="&x;"),
    "an external entity by http": f'{HEAD}<!DOCTYPE data [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>' + ROOT.format(n=2, a="&x;"),
    "an external entity in public": f'{HEAD}<!DOCTYPE data [<!ENTITY x PUBLIC "x" "{LOCAL}">]>' + ROOT.format(n=3, a="&x;"),
    "a parameter entity": f'{HEAD}<!DOCTYPE data [<!ENTITY % p SYSTEM "{LOCAL}"> %p;]>' + ROOT.format(n=4, a=""),
    "an external document type": f'{HEAD}<!DOCTYPE data SYSTEM "{LOCAL}">' + ROOT.format(n=5, a=""),
    "an internal entity": f'{HEAD}<!DOCTYPE data [<!ENTITY x "inside">]>' + ROOT.format(n=6, a="&x;"),
    "a document type without entities": f"{HEAD}<!DOCTYPE data>" + ROOT.format(n=7, a=""),
    "a billion laughs": f'{HEAD}<!DOCTYPE data [<!ENTITY a "{"ha" * 50}">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 50}">' for i in range(8))
    + "]>" + ROOT.format(n=8, a="&i;"),
    "a quadratic blow-up": f'{HEAD}<!DOCTYPE data [<!ENTITY x "{"x" * 100_000}">]>' + ROOT.format(n=9, a="&x;" * 20_000),
    "entities that name each other": f'{HEAD}<!DOCTYPE data [<!ENTITY a "&b;"><!ENTITY b "&a;">]>' + ROOT.format(n=10, a="&a;"),
    "an inclusion": HEAD + ROOT.format(n=11, a=f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{LOCAL}" parse="text"/>'),
    "a style sheet": f'{HEAD}<?xml-stylesheet href="{LOCAL}"?>' + ROOT.format(n=12, a=""),
    "a schema elsewhere": HEAD + ROOT.format(n=13, a=f'<b xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="x {LOCAL}"/>'),
    "a hundred thousand levels": HEAD + ROOT.format(n=14, a="<a>" * 100_000 + "</a>" * 100_000),
    "a million attributes": HEAD + ROOT.format(n=15, a="<b " + " ".join(f'a{i}=""' for i in range(200_000)) + "/>"),
    "utf-7": '<?xml version="1.0" encoding="utf-7"?>' + ROOT.format(n=16, a="+ADw-script+AD4-"),
    "utf-16 that hides a document type": (f'<?xml version="1.0" encoding="utf-16"?><!DOCTYPE d [<!ENTITY x SYSTEM "{LOCAL}">]>' + ROOT.format(n=17, a="&x;")).encode("utf-16"),
}  # fmt: skip


def hostname() -> str:
    return Path("/etc/hostname").read_text(encoding="utf-8").strip() or "nothing"


@pytest.mark.parametrize("what", XML)
def test_no_record_reads_a_file_calls_out_or_explodes(house, what):
    xml = XML[what] if isinstance(XML[what], bytes) else XML[what].encode()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    kind, body = body_of([Part("xml_submission_file", xml, "r.xml", "text/xml")])

    said = house.stranger().open(
        "POST", f"/key/{house.device}/submission", body=body,
        headers={"Content-Type": kind, "X-OpenRosa-Version": "1.0"},
    )  # fmt: skip

    assert said.status in (201, 400, 404, 409, 413), said.text[:300]
    assert hostname() not in said.text
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000, "KiB"
    for kept in house.db.submissions.find({"_id": {"$regex": "^uuid:[0-9]{1,2}$"}}):
        assert kept["state"] != "processed" or hostname().encode() not in bytes(kept["xml"])
    assert house.stranger().get("/healthz").status == 200


def workbook(changed: dict[str, bytes], *, more: dict[str, bytes] | None = None) -> bytes:
    """Our screening workbook with some of its parts replaced and others added."""
    ours = zipfile.ZipFile(Path(xlsforms.__file__).parent / "screening.xlsx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in ours.namelist():
            made.writestr(name, changed.get(name, ours.read(name)))
        for name, content in (more or {}).items():
            made.writestr(name, content)
    return out.getvalue()


XXE = f'{HEAD}<!DOCTYPE x [<!ENTITY x SYSTEM "{LOCAL}">]>'.encode()
LAUGHS = XML["a billion laughs"].partition("<data")[0].encode()
SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="1" uniqueCount="1"><si><t>&%s;</t></si></sst>'
WORKBOOKS = {
    "an external entity in its strings": lambda: workbook({"xl/sharedStrings.xml": XXE + SST % b"x"}),
    "a billion laughs in its strings": lambda: workbook({"xl/sharedStrings.xml": LAUGHS + SST % b"i"}),
    "an external entity in its list of sheets": lambda: workbook({"xl/workbook.xml": XXE + b"<workbook>&x;</workbook>"}),
    "a bomb": lambda: workbook({"xl/sharedStrings.xml": b" " * 60_000_000}),
    "a bomb beside": lambda: workbook({}, more={"xl/media/x.bin": b"\x00" * 60_000_000}),
    "a path outwards": lambda: workbook({}, more={"../../../../tmp/pteah-was-here": b"x"}),
    "an absolute path": lambda: workbook({}, more={"/tmp/pteah-was-here": b"x"}),
    "no workbook": lambda: b"MZ\x90\x00" + b"\x00" * 1000,
    "a page": lambda: b"<html><script>alert(1)</script></html>",
    "an empty archive": lambda: b"PK\x05\x06" + b"\x00" * 18,
    "half a workbook": lambda: workbook({})[:5000],
    "an archive of another kind": lambda: b"\x1f\x8b\x08\x00" + b"\x00" * 200,
}  # fmt: skip


@pytest.mark.parametrize("what", WORKBOOKS)
def test_no_workbook_reads_a_file_explodes_or_writes_beside(house, what):
    visitor = house.visitors["coordinator"]
    csrf = visitor.csrf()
    kind, body = body_of(
        [Part("csrf_token", csrf.encode()), Part("workbook", WORKBOOKS[what](), "../<b>x.xlsx")]
    )

    said = visitor.open("POST", "/forms", body=body, headers={"Content-Type": kind})
    shown = visitor.get(said.header("Location")) if said.status == 303 else said

    assert said.status in (303, 400, 413), said.text[:300]
    assert shown.status < 500
    assert hostname() not in shown.text
    assert "<b>x.xlsx" not in shown.text
    assert not Path("/tmp/pteah-was-here").exists()
    assert house.stranger().get("/healthz").status == 200
