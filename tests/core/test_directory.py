"""Which services of the directory are for whom."""

import pytest

from sync.core.directory import Service, fits
from tests.core.builders import two

CLINIC = Service(name="clinic", label=two("Clinic"), serves=("women", "girls"), districts=("01", "0210"))
ANYBODY = Service(name="any", label=two("Anybody"))


@pytest.mark.parametrize(
    ("sex", "is_child", "places", "fitting"),
    [
        pytest.param("female", False, ("01", "0105"), True, id="a woman from the province"),
        pytest.param("female", True, ("02", "0210"), True, id="a girl from the district"),
        pytest.param("male", False, ("01", "0105"), False, id="a man, whom it does not serve"),
        pytest.param("female", False, ("24", "2401"), False, id="a woman from elsewhere"),
        pytest.param("other", False, ("01",), True, id="what the list does not say turns nobody away"),
        pytest.param("female", False, (), True, id="whose home is not known"),
    ],
)
def test_a_service_is_offered_to_those_it_serves_where_they_live(sex, is_child, places, fitting):
    assert fits(CLINIC, sex=sex, is_child=is_child, places=places) is fitting
    assert fits(ANYBODY, sex=sex, is_child=is_child, places=places)
