"""One column for one question, whatever it was called in which version."""

from sync.core.columns import Column, Named, columns_of, other_names

V1 = Named(version="1", names=["age", "debts", "work"])
V2 = Named(version="2", names=["age", "debt", "work"], renames={"debt": "debts"})
V3 = Named(version="3", names=["age", "owed", "job"], renames={"owed": "debt"})


def test_a_renamed_question_keeps_its_column_and_a_new_one_gets_its_own():
    assert columns_of([V1, V2, V3]) == [
        Column(key="age", name="age", names={"1": "age", "2": "age", "3": "age"}),
        Column(key="debts", name="owed", names={"1": "debts", "2": "debt", "3": "owed"}),
        Column(key="job", name="job", names={"3": "job"}),
        Column(key="work", name="work", names={"1": "work", "2": "work"}),
    ]


def test_a_name_used_again_after_a_rename_is_another_column():
    again = Named(version="3", names=["debt", "debts"])

    assert [(one.key, one.names) for one in columns_of([V1, V2, again])][:2] == [
        ("debts", {"1": "debts", "2": "debt", "3": "debt"}),
        ("debts_2", {"3": "debts"}),
    ]


def test_every_version_knows_the_names_of_all_others():
    assert other_names([V1, V2, V3], "1") == {"debt": "debts", "owed": "debts"}
    assert other_names([V1, V2, V3], "2") == {"owed": "debt", "debts": "debt"}
    assert other_names([V1, V2, V3], "3") == {"debt": "owed", "debts": "owed"}
    assert other_names([V1], "1") == {}
