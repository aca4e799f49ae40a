"""Faults by command line, by Python, and by the control address of a running simulator."""

import httpx
import pytest

from dedupe.errors import InputError
from dedupe.simulators.population.population import Population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.faults import FAULTS, Setting, parse_fault, parse_faults, valid_faults
from dedupe.simulators.server.simulator import Simulator
from tests.simulators.plain_client import get, walked_ids


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("digital99:unordered", ("digital99", Setting("unordered"))),
        ("whippy:failing", ("whippy", Setting("failing", 10))),
        ("whippy:failing=4", ("whippy", Setting("failing", 4))),
        ("whippy:null-names=first@20", ("whippy", Setting("null-names", "first", 20))),
        ("askelephant:slow=0.25", ("askelephant", Setting("slow", 0.25))),
    ],
)
def test_a_fault_is_written_with_its_provider(text: str, expected: tuple[str, Setting]) -> None:
    assert parse_fault(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("digital99:shuffled", "unordered"),
        ("whippy:unordered", "full-last-page"),
        ("nobody:slow", "askelephant, digital99, livedesk, openmrp, whippy"),
        ("slow", "provider:fault"),
        ("whippy:slow=often", "positive number"),
        ("whippy:failing=0", "positive number"),
        ("whippy:html=1.5", "positive number"),
        ("whippy:null-names=middle", "first, last, lost"),
        ("digital99:unordered=1", "takes no value"),
        ("whippy:failing=3@soon", "number of requests"),
    ],
)
def test_a_fault_that_is_none_is_refused_with_what_there_is(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        parse_fault(text)


def test_faults_are_gathered_by_provider() -> None:
    found = parse_faults(["whippy:slow=1", "openmrp:html", "whippy:failing"])
    assert {provider: [str(one) for one in settings] for provider, settings in found.items()} == {
        "whippy": ["slow=1.0", "failing=10"],
        "openmrp": ["html=3"],
    }


def test_a_setting_is_read_back_as_it_is_written() -> None:
    for provider in PROVIDERS:
        for name in valid_faults(provider):
            setting = Setting(name, FAULTS[name].default, 7)
            assert parse_fault(f"{provider}:{setting}") == (provider, setting)


def test_every_fault_has_one_sentence_and_known_providers() -> None:
    for fault in FAULTS.values():
        assert 10 < len(fault.description) < 100
        assert set(fault.providers) <= set(PROVIDERS)
        assert fault.default in (fault.choices or (fault.default,))


def test_a_wrong_fault_leaves_nothing_open(town: Population) -> None:
    with pytest.raises(InputError), simulate(town, ["whippy", "openmrp"], faults={"openmrp": ["unordered"]}):
        pass


def test_faults_are_switched_over_http(simulator: Simulator) -> None:
    control = f"{simulator.url}/_control/faults"
    assert httpx.post(control, json={"failing": 2, "html": False}).json()["faults"] == ["failing=2"]
    assert [get(simulator).status_code for _ in range(4)] == [200, 500, 200, 500]
    assert httpx.post(control, json=["slow=0.01"]).json()["faults"] == ["slow=0.01"]
    assert httpx.get(control).json()["valid"].keys() == set(valid_faults(simulator.provider))
    assert httpx.post(control, json=[]).json()["faults"] == []


@pytest.mark.parametrize("body", ['["no-such-fault"]', '{"failing": "often"}', "not json", "[1]", "7"])
def test_a_wrong_switch_over_http_is_said(simulator: Simulator, body: str) -> None:
    answer = httpx.post(f"{simulator.url}/_control/faults", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert get(simulator).status_code == 200


def test_contacts_change_over_http(simulator: Simulator) -> None:
    control = f"{simulator.url}/_control/contacts"
    made = httpx.post(control).json()["id"]
    assert made in walked_ids(simulator)
    assert httpx.patch(f"{control}/{made}", json={"name": "Ada Lovelace"}).json()["name"] == "Ada Lovelace"
    assert httpx.delete(f"{control}/{made}").status_code == 200
    assert made not in walked_ids(simulator)
    assert httpx.delete(f"{control}/{made}").status_code == 404


@pytest.mark.parametrize("provider", ["askelephant"])
def test_a_contact_that_can_not_be_sorted_changes_nothing(provider: str, simulator: Simulator) -> None:
    before = walked_ids(simulator)
    chosen = dict(simulator.get(before[0]) or {}, updated_at="yesterday")
    with pytest.raises(ValueError):
        simulator.insert(chosen)
    assert walked_ids(simulator) == before


def test_requests_are_counted(simulator: Simulator) -> None:
    get(simulator)
    get(simulator, f"{simulator.path}/nobody")
    counts = httpx.get(f"{simulator.url}/_control/counts").json()
    assert counts == {"requests": 2, "pages": 1, "200": 1, "404": 1}


def test_an_unknown_control_address_is_said(simulator: Simulator) -> None:
    assert httpx.get(f"{simulator.url}/_control/everything").status_code == 400


def test_a_merge_leaves_one_with_what_both_had(simulator: Simulator) -> None:
    kept, gone = simulator.ids()[:2]
    simulator.merge(kept, gone)
    assert gone not in simulator.ids()
    assert simulator.get(kept) is not None


def test_a_rename_moves_the_contact_and_its_time(town: Population) -> None:
    with simulate(town, ["whippy"]) as running:
        whippy = running["whippy"]
        last = walked_ids(whippy)[-1]
        before = whippy.get(last)
        whippy.rename(last, "\tAaron Aardvark")
        after = whippy.get(last)
        assert before is not None
        assert after is not None
        assert walked_ids(whippy)[0] == last
        assert after["updated_at"] > before["updated_at"]
        assert (after["first_name"], after["last_name"]) == ("\tAaron", "Aardvark")


def test_the_same_seed_misbehaves_the_same(town: Population) -> None:
    def story(seed: int) -> list[str]:
        faults = {"digital99": ["unordered", "deletes-between-pages=1"]}
        with simulate(town, ["digital99"], seed=seed, faults=faults) as running:
            return walked_ids(running["digital99"])

    assert story(5) == story(5) != story(6)


def test_a_port_can_be_given(town: Population) -> None:
    with simulate(town, ["openmrp"]) as running:
        port = int(running["openmrp"].url.rpartition(":")[2])
    with simulate(town, ["openmrp"], ports={"openmrp": port}) as running:
        assert running["openmrp"].url == f"http://127.0.0.1:{port}"


def test_a_connection_left_open_doesn_t_keep_a_simulator_from_closing(town: Population) -> None:
    with simulate(town, ["whippy"]) as running, httpx.Client(headers=running["whippy"].headers) as client:
        client.get(running["whippy"].url + running["whippy"].path)
        running["whippy"].faults.set(["slow=60"])
    with pytest.raises(httpx.HTTPError):
        httpx.get(running["whippy"].url)
