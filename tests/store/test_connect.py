"""An upgrade finds the indexes of an earlier version and goes on."""

from sync.store.connect import ensure_indexes, indexes


def test_an_index_that_is_defined_otherwise_by_now_is_made_anew(db):
    wanted = next(model.document for model in indexes()["submissions"] if model.document["name"] == "touches")
    db.submissions.drop_index("touches")
    db.submissions.create_index([("something_else", 1)], name="touches")

    ensure_indexes(db)

    assert dict(db.submissions.index_information()["touches"]["key"]) == dict(wanted["key"])


def test_making_the_indexes_again_changes_nothing(db):
    before = {name: db[name].index_information() for name in indexes()}
    ensure_indexes(db)
    assert {name: db[name].index_information() for name in indexes()} == before
