"""Advice on Dask collections is that of a batch, wherever the partitions are worked on."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from service.cli import main

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]  # Dask's own warnings are not ours to mend

distributed = pytest.importorskip("distributed", reason="needs the extra: make test-dask")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1") as local,
        distributed.Client(local) as client,
    ):
        yield client


def lines() -> list[dict[str, Any]]:
    goals = ["talent", "commons", "talnt", "cost-time"]
    return [
        {"id": str(number), "profile": {"goals": [goals[number % 4]], "stakes": 1 + number % 5}} for number in range(40)
    ]


def by_command(tmp_path: Path, source: str, target: str) -> bytes:
    CliRunner().invoke(main, ["batch", str(tmp_path / source), "-o", str(tmp_path / target), "--processes", "1"])
    return (tmp_path / target).read_bytes()


def test_a_bag_is_advised_on_two_workers(cluster: Any, tmp_path: Path) -> None:
    import dask.bag  # noqa: PLC0415 -- an extra that need not be there

    from service.batch.dask_collections import advise_bag  # noqa: PLC0415 -- the same

    (tmp_path / "in.ndjson").write_text("".join(json.dumps(one) + "\n" for one in lines()), encoding="utf-8")
    expected = [json.loads(one) for one in by_command(tmp_path, "in.ndjson", "out.ndjson").splitlines()]
    found = advise_bag(dask.bag.from_sequence(lines(), npartitions=4)).compute()

    assert [{name: value for name, value in one.items() if name != "line"} for one in expected] == found
    assert 2 == len(cluster.scheduler_info()["workers"])


def test_a_frame_is_advised_on_two_workers_and_keeps_its_index(cluster: Any, tmp_path: Path) -> None:
    import dask.dataframe  # noqa: PLC0415 -- an extra that need not be there
    import pandas as pd  # noqa: PLC0415 -- the same

    from service.batch.dask_collections import advise_frame  # noqa: PLC0415 -- the same

    rows = [
        {"id": one["id"], "goals": one["profile"]["goals"][0], "stakes": str(one["profile"]["stakes"])}
        for one in lines()
    ]
    table = pd.DataFrame(rows, index=range(100, 140))
    table.to_csv(tmp_path / "in.csv", index=False)
    by_command(tmp_path, "in.csv", "out.csv")
    expected = pd.read_csv(tmp_path / "out.csv", dtype="string").fillna("").drop(columns="line")
    found = advise_frame(dask.dataframe.from_pandas(table, npartitions=4)).compute()

    assert list(range(100, 140)) == list(found.index)
    assert expected.to_numpy().tolist() == found.to_numpy().tolist()
    assert cluster.status == "running"


def test_a_frame_with_unknown_columns_is_refused_before_any_work(cluster: Any) -> None:
    import dask.dataframe  # noqa: PLC0415 -- an extra that need not be there
    import pandas as pd  # noqa: PLC0415 -- the same

    from service.batch.dask_collections import advise_frame  # noqa: PLC0415 -- the same
    from service.batch.tables import TableError  # noqa: PLC0415 -- beside the others

    with pytest.raises(TableError, match="Did you mean 'goals'"):
        advise_frame(dask.dataframe.from_pandas(pd.DataFrame({"goal": ["talent"]}), npartitions=1))
    assert cluster.status == "running"
