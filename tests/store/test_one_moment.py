"""What is checked in the desk is read as of one moment, also while another process commits."""

from pathlib import Path

from sqlalchemy import select

from fanal.store.desk import Desk
from fanal.store.tables import BUDGET


def test_a_look_sees_nothing_that_is_committed_after_its_first_read(tmp_path: Path) -> None:
    ours, other = Desk.open(tmp_path / "desk.sqlite"), Desk.open(tmp_path / "desk.sqlite")
    insert = "INSERT INTO budget VALUES ('2014-08-04', 1.0)"
    with ours.look() as connection:
        assert connection.execute(select(BUDGET)).all() == []
        with other.transaction() as writing:
            writing.exec_driver_sql(insert)
        assert connection.execute(select(BUDGET)).all() == []
    with ours.look() as connection:
        assert len(connection.execute(select(BUDGET)).all()) == 1
    ours.close()
    other.close()
