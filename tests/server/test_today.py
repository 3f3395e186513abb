"""Today: what waits, counts that are links, finding somebody, kept choices, names only when asked for."""

import re
from datetime import timedelta

import pytest

from server.app import create_app
from server.people.today import last_friday
from sync.core.worker import Worker
from sync.store import workers
from tests.server.files import NOW, TODAY, a_file, a_submission, an_alert, change_file
from tests.server.signed_in import add_account, client_as, csrf_token, sign_in

HER = "KH-20-2026-0001X"


@pytest.fixture
def app(config, db):
    return create_app(config, db, now=lambda: NOW)


@pytest.fixture
def manager(app, db):
    return client_as(app, db, "case_manager")


def post(client, path: str, **form: str):
    return client.post(path, data={"csrf_token": csrf_token(client, "/caseload"), **form})


def sections(page: str) -> dict[str, str]:
    """Heading of every part of the page -> its whole text."""
    found = re.findall(r"<section.*?<h2[^>]*>(.*?)</h2>(.*?)</section>", page, re.DOTALL)
    plain = lambda text: " ".join(re.sub(r"<[^>]+>", " ", text).split())  # noqa: E731
    without_count = lambda title: re.sub(r"<span class=.count.*", "", title, flags=re.DOTALL)  # noqa: E731
    return {plain(without_count(title)): plain(body) for title, body in found}


def test_today_says_who_is_in_danger_overdue_new_and_what_must_be_decided(manager, db):
    db.returnees.insert_one(a_file(1, alerts=[an_alert()], due_on=TODAY - timedelta(days=10)))
    db.returnees.insert_one(
        a_file(2, level="low", due_on=TODAY + timedelta(days=2), registered_on="2026-11-21")
    )
    db.returnees.insert_one(a_file(3, level="medium", due_on=None, questions=[{"instance_id": "uuid:1"}]))

    told = sections(manager.get("/").text)

    assert told["Alerts to take on"].startswith("High KH-20-2026-0001X 21 hours left")
    assert "KH-20-2026-0001X 13 Nov 2026 10 days overdue" in told["Overdue"]
    assert told["Due within a week"].startswith("Low KH-20-2026-0002X")
    assert told["New since 20 Nov 2026"] == "Low KH-20-2026-0002X 21 Nov 2026 Ta Chrueng, Changha"
    assert "KH-20-2026-0003X" in told["Records contradict each other"]


def test_what_is_new_is_counted_from_the_last_day_the_reader_was_here(config, db):
    days = [NOW]
    app = create_app(config, db, now=lambda: days[-1])
    manager = client_as(app, db, "case_manager")
    db.returnees.insert_one(a_file(1, registered_on="2026-11-21"))
    assert "New since 20 Nov 2026" in sections(manager.get("/").text)
    assert "New since 20 Nov 2026" in sections(manager.get("/").text), "the same day again changes nothing"

    days.append(NOW + timedelta(days=1))
    manager = app.test_client()
    sign_in(manager, "case-manager")
    assert not [title for title in sections(manager.get("/").text) if title.startswith("New since")]
    db.returnees.insert_one(a_file(2, registered_on="2026-11-24"))

    new = sections(manager.get("/").text)["New since you were last here, on 23 Nov 2026"]
    assert "KH-20-2026-0002X" in new
    assert "KH-20-2026-0001X" not in new


def test_every_count_leads_to_exactly_so_many_people(manager, db):
    for number in range(1, 8):
        late = TODAY + timedelta(days=4 * number - 14)
        db.returnees.insert_one(a_file(number, level=("high", "medium", "low")[number % 3], due_on=late))

    page = manager.get("/").text
    counts = re.findall(r'<li><a href="(/caseload[^"]*)"><strong[^>]*>(\d+)</strong>', page)

    assert len(counts) == 8
    for to, count in counts:
        rows = manager.get(to.replace("&amp;", "&")).text.count('<th scope="row"')
        assert rows == int(count), to


def test_people_whose_worker_is_gone_are_shown_until_they_are_handed_over(app, manager, db):
    for name, left_at in (("worker-1", None), ("worker-2", NOW)):
        workers.add(db, Worker(id=name, name=name, team="North", left_at=left_at))
    coordinator = add_account(db, "coordinator")  # who fills forms in the browser visits people too
    visited_by = ["worker-1", "worker-2", "worker-3", coordinator, "worker-2"]
    db.returnees.insert_many([a_file(number, worker_id=by) for number, by in enumerate(visited_by, 1)])
    change_file(db, "KH-20-2026-0005X", status="closed")

    shown = sections(manager.get("/").text)["Their worker is gone"]
    assert re.findall(r"KH-20-2026-000(\d)X", shown) == ["2", "3"]
    assert "Hand people over" in shown
    listed = manager.get("/caseload?mark=gone&team=North").text
    assert re.findall(r"KH-20-2026-000(\d)X</", listed) == ["2"]

    db.returnees.update_many(
        {"worker_id": {"$in": ["worker-2", "worker-3"]}}, {"$set": {"worker_id": "worker-1"}}
    )
    assert "Their worker is gone" not in sections(manager.get("/").text)


def test_a_name_without_end_is_cut_in_lists_and_whole_on_her_page(manager, db):
    khmer = "ស្រី" * 200
    for number, name in ((1, "A" * 500), (2, khmer)):
        db.returnees.insert_one({**a_file(number), "person": {**a_file()["person"], "call_name": name}})
    post(manager, "/names", show="yes")
    for path in ("/", "/caseload"):
        page = manager.get(path).text
        assert f"{'A' * 60}…" in page
        assert "A" * 61 not in page
        cut = re.search(r"<bdi>(ស្រី.*?)…</bdi>", page)[1]
        assert khmer.startswith(cut)
        assert cut.replace("ស្រី", "") in ("", "ស្រ", "ស"), "a letter keeps its signs"
    assert "A" * 500 in manager.get(f"/caseload/{HER}").text


def test_where_there_are_too_many_workers_to_choose_from_one_is_typed(app, manager, db):
    workers.meet(db, *(Worker(id=f"w{number}", name=f"Worker {number}") for number in range(101)))
    db.returnees.insert_one(a_file(1, worker_id="w7"))
    page = manager.get("/caseload").text
    assert 'value="w7"' not in page
    assert re.search(r'<input type="text" id="worker"', page)

    answer = post(manager, "/narrow", page="caseload", worker="ker 7", level="high")
    assert answer.status_code == 400  # 70 and others are meant as well
    answer = post(manager, "/narrow", page="caseload", worker="w7", level="high")
    assert answer.headers["Location"] == "/caseload?level=high&worker=w7"
    assert HER in manager.get(answer.headers["Location"]).text
    assert post(manager, "/narrow", page="today", place="20").headers["Location"] == "/?place=20"
    answer = post(manager, "/narrow", page="handover", worker="Worker 100")
    assert answer.headers["Location"] == "/handover?from=w100"


def test_place_worker_and_team_narrow_down_what_is_shown_and_counted(manager, db):
    workers.add(db, Worker(id="worker-2", name="Worker Two", team="North"))
    db.returnees.insert_one(a_file(1))
    db.returnees.insert_one(a_file(2, worker_id="worker-2", places=["02", "0204"]))

    for asked in ("place=02", "worker=worker-2", "team=North", "place=0204&team=North"):
        for path in ("/", "/caseload"):
            page = manager.get(f"{path}?{asked}").text
            assert "KH-20-2026-0002X" in page, asked
            assert HER not in page, asked
    assert "Nobody here fits" in manager.get("/caseload?place=01&worker=worker-2").text


def test_what_an_address_should_not_hold_is_left_out(manager, db):
    db.returnees.insert_one(a_file(1))

    page = manager.get("/caseload?level=%3Cscript%3E&due=never&place=x&since=yesterday&mark=%00").text

    assert HER in page


@pytest.mark.parametrize("text", ["sothea 1", "សុធា", "Sothear", HER.lower()])
def test_somebody_is_found_by_name_or_code_and_no_name_stands_in_an_address(manager, db, text):
    db.returnees.insert_one(a_file(1))

    answer = post(manager, "/search", text=text)

    if text == HER.lower():
        assert answer.headers["Location"] == f"/caseload/{HER}"
    else:
        assert f'href="/caseload/{HER}"' in answer.text
        assert 'class="level level-high"' in answer.text, "how much she is in danger stands in every list"
    assert manager.get(f"/search?text={text}").status_code in (404, 405)


def test_who_is_not_found_gets_a_way_on(manager):
    assert "Try another spelling" in post(manager, "/search", text="Nobody").text
    unknown = post(manager, "/search", text="kh 20 2026 0009x").text
    assert "Nobody is registered under this code" in unknown
    assert 'value="kh 20 2026 0009x"' in unknown, "to be put right, not to be typed again"


def test_a_search_finds_nobody_beyond_ones_own(app, db):
    db.returnees.insert_one(a_file(1, places=["20"]))
    client = client_as(app, db, "case_manager", places=("02",))

    assert HER not in post(client, "/search", text="Sothea").text


def test_names_are_hidden_until_asked_for_and_the_asking_is_written_down(app, db):
    moment = [NOW]
    client = client_as(
        create_app(app.extensions["pteah"].config, db, now=lambda: moment[0]), db, "case_manager"
    )
    db.returnees.insert_one(a_file(1))
    paths = ("/", "/caseload", f"/caseload/{HER}")

    assert all("Sothea" not in client.get(path).text for path in paths)
    answer = post(client, "/names", show="yes", next="/caseload")
    assert answer.headers["Location"] == "/caseload"
    assert db.audit.count_documents({"kind": "look", "by": "case-manager", "fields": ["names"]}) == 1
    assert all("Sothea" in client.get(path).text for path in paths)

    moment[0] += timedelta(minutes=11)
    assert all("Sothea" not in client.get(path).text for path in paths)


def test_what_was_shown_of_whom_is_written_down_with_or_without_the_name(manager, db):
    db.returnees.insert_one(a_file(1))
    manager.get("/caseload")
    post(manager, "/names", show="yes")
    manager.get("/caseload")

    shown = {tuple(row["fields"]) for row in db.audit.find({"kind": "list"})}
    assert {"name" in fields for fields in shown} == {True, False}


def test_a_choice_is_kept_under_a_name_for_oneself_alone_and_forgotten(app, manager, db):
    db.returnees.insert_one(a_file(1))
    post(manager, "/views", name="High in Battambang", level="high", place="02", due="all")
    page = manager.get("/").text
    assert re.search(r'href="/caseload\?level=high&amp;place=02">High in Battambang', page)
    assert "High in Battambang" not in client_as(app, db, "coordinator").get("/caseload").text

    view = db.views.find_one()["_id"]
    post(manager, "/views/forget", view=view)
    assert db.views.count_documents({}) == 0
    assert "Please give this choice a name" in post(manager, "/views", name="  ", level="high").text


def test_an_outreach_worker_sees_where_to_go_and_never_why(app, db):
    db.returnees.insert_one(a_file(1, alerts=[an_alert()]))
    db.returnees.insert_one(a_file(2, worker_id="worker-2"))

    page = client_as(app, db, "outreach_worker", worker_id="worker-1").get("/").text

    assert HER in page
    assert "KH-20-2026-0002X" not in page
    assert not re.search("High|alert|Alert|New since", page)


def test_before_anybody_is_registered_it_says_what_to_do(manager):
    assert "Nobody is registered yet" in manager.get("/").text


@pytest.mark.parametrize(
    ("today", "friday"),
    [("2026-11-23", "2026-11-20"), ("2026-11-27", "2026-11-20"), ("2026-11-28", "2026-11-27")],
)
def test_since_friday_means_the_last_friday_before_today(today, friday):
    assert last_friday(TODAY.fromisoformat(today)) == TODAY.fromisoformat(friday)


def test_records_that_need_a_person_are_shown_to_those_who_settle_them(app, db):
    db.submissions.insert_one(a_submission(1, state="set_aside", problem={"code": "x", "message": "y"}))
    db.returnees.insert_one(a_file(1))

    assert "Records that need a person" in client_as(app, db, "coordinator").get("/").text
