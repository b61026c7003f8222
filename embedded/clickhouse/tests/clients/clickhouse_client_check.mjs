// Checks the embedded ClickHouse with npm @clickhouse/client, with and without compression.
import assert from 'node:assert/strict'
import { createClient } from '@clickhouse/client'

const url = `http://127.0.0.1:${process.env.CLICKHOUSE_PORT}`
const connect = (username, password, options = {}) => createClient({ url, username, password, ...options })

async function checkAdmin(compress) {
  const admin = connect('admin', process.env.CLICKHOUSE_PASSWORD, {
    database: 'hark',
    session_id: `session-${compress}`,
    compression: { request: compress, response: compress },
  })
  assert.deepEqual((await admin.ping()).success, true)
  assert.deepEqual((await admin.ping({ select: true })).success, true)
  await admin.command({ query: 'CREATE OR REPLACE TABLE t (n UInt64, s String) ENGINE = MergeTree ORDER BY n' })
  const values = Array.from({ length: 20000 }, (_, n) => ({ n, s: `text ${n} 電池` }))
  const inserted = await admin.insert({ table: 't', values, format: 'JSONEachRow' })
  assert.equal(inserted.executed, true)
  assert.equal(inserted.summary.written_rows, '20000')
  const all = await admin.query({ query: 'SELECT * FROM t ORDER BY n', format: 'JSONEachRow' })
  let rows = []
  for await (const chunk of all.stream()) rows = rows.concat(chunk.map((row) => row.json()))
  assert.deepEqual(rows, values)
  const json = await admin.query({ query: 'SELECT {n:UInt8} AS x, {s:String} AS y', query_params: { n: 5, s: "it's" } })
  assert.deepEqual((await json.json()).data, [{ x: 5, y: "it's" }])
  const progress = await admin.query({ query: 'SELECT number FROM numbers(3)', format: 'JSONEachRowWithProgress' })
  let seen = 0
  for await (const chunk of progress.stream()) seen += chunk.filter((row) => 'row' in row.json()).length
  assert.equal(seen, 3)
  const csv = await admin.exec({ query: 'SELECT 1, 2 FORMAT CSV' })
  let text = ''
  for await (const piece of csv.stream) text += piece
  assert.equal(text, '1,2\n')
  await admin.command({ query: 'CREATE TEMPORARY TABLE tmp (n UInt8)' })
  const own = await admin.query({ query: 'SELECT count() AS c FROM tmp', format: 'JSONEachRow' })
  assert.deepEqual(await own.json(), [{ c: 0 }])
  await assert.rejects(admin.query({ query: 'SELECT * FROM nowhere' }), { code: '60', type: 'UNKNOWN_TABLE' })
  await assert.rejects(async () => {
    const late = await admin.query({
      query: "SELECT throwIf(number = 3000000, 'late trouble') FROM numbers(4000000)",
      format: 'JSONEachRow',
    })
    for await (const _ of late.stream());
  }, /late trouble/)
  await admin.close()
}

async function checkAnalyst() {
  const analyst = connect('analyst', process.env.ANALYST_PASSWORD)
  const count = await analyst.query({ query: 'SELECT count() AS c FROM hark.t', format: 'JSONEachRow' })
  assert.deepEqual(await count.json(), [{ c: 20000 }])
  await assert.rejects(analyst.query({ query: "SELECT file('/etc/passwd')" }), { type: 'ACCESS_DENIED' })
  await assert.rejects(analyst.command({ query: 'DROP TABLE hark.t' }), { type: 'READONLY' })
  await analyst.close()
}

for (const compress of [false, true]) await checkAdmin(compress)
await checkAnalyst()
await assert.rejects(connect('admin', 'wrong').query({ query: 'SELECT 1' }), { code: '516' })
console.log('passed')
