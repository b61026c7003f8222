"""Checks the embedded ClickHouse with PyPI clickhouse-connect, in every compression mode it has."""

import datetime
import os

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError


def connect(user, password, **options):
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=int(os.environ["CLICKHOUSE_PORT"]), username=user, password=password, **options
    )


def raises(text, work):
    try:
        work()
    except DatabaseError as error:
        assert text in str(error), error
    else:
        raise AssertionError(f"no error with {text}")


def check_admin(compress):
    admin = connect("admin", os.environ["CLICKHOUSE_PASSWORD"], compress=compress, database="hark")
    admin.command("DROP TABLE IF EXISTS t")
    admin.command("CREATE TABLE t (n UInt64, s String, at DateTime64(3, 'UTC'), a Array(Nullable(Int32))) "
                  "ENGINE = MergeTree ORDER BY n")
    at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
    rows = [(n, f"text {n} 電池", at, [n, None]) for n in range(50_000)]
    summary = admin.insert("t", rows, column_names=["n", "s", "at", "a"])
    assert summary.written_rows == 50_000, summary.summary
    back = admin.query("SELECT * FROM t ORDER BY n").result_rows
    assert len(back) == 50_000
    assert [(n, s, a) for n, s, _, a in back] == [(n, s, a) for n, s, _, a in rows]
    assert back[7][2].replace(tzinfo=datetime.timezone.utc) == at, back[7]
    admin.raw_insert("t", ["n", "s"], "90001,raw\n", fmt="CSV")
    assert admin.command("SELECT count() FROM t") == 50_001
    query = "SELECT {n:UInt64} + 1 AS x, {s:String} AS y"
    assert admin.query(query, parameters={"n": 4, "s": "it's"}).result_rows == [(5, "it's")]
    assert admin.query("SELECT %(s)s", parameters={"s": "it's"}).result_rows == [("it's",)]
    with admin.query_row_block_stream("SELECT number FROM numbers(500000)") as stream:
        assert sum(len(block) for block in stream) == 500_000
    assert admin.raw_query("SELECT 1 FORMAT JSONEachRow") == b'{"1":1}\n'
    assert admin.query("SELECT getSetting('max_threads')", settings={"max_threads": 3}).result_rows == [(3,)]
    admin.command("CREATE TEMPORARY TABLE tmp (n UInt8)")
    admin.command("INSERT INTO tmp VALUES (1)")
    assert admin.query("SELECT n FROM tmp").result_rows == [(1,)]
    raises("UNKNOWN_TABLE", lambda: admin.query("SELECT * FROM nowhere"))
    raises("late trouble", lambda: admin.query("SELECT throwIf(number = 3000000, 'late trouble') FROM numbers(4000000)"))
    assert admin.ping()


def check_analyst():
    analyst = connect("analyst", os.environ["ANALYST_PASSWORD"], database="hark")
    assert analyst.query("SELECT count() FROM t").result_rows == [(50_001,)]
    assert analyst.query("SELECT max(n) FROM t WHERE n < {n:UInt64}", parameters={"n": 10}).result_rows == [(9,)]
    raises("ACCESS_DENIED", lambda: analyst.query("SELECT file('/etc/passwd')"))
    raises("READONLY", lambda: analyst.command("DROP TABLE t"))


for mode in (False, "lz4", "zstd", "gzip", True):
    check_admin(mode)
check_analyst()
raises("AUTHENTICATION_FAILED", lambda: connect("admin", "wrong"))
print("passed")
