import { test } from 'node:test'
import pg from 'pg'
import { freshDatabase } from './stores.ts'
test('look', async (t) => {
  const c = new pg.Client(await freshDatabase(t)); await c.connect()
  for (const f of ['get_range','retry_jobs','move_stalled_jobs_to_wait','reprocess_job','move_to_wait']) {
    const { rows } = await c.query(`select pg_get_functiondef(p.oid) d from pg_proc p where proname=$1`, [f])
    for (const r of rows) console.log(r.d)
  }
  console.log((await c.query(`select distinct proname from pg_proc p join pg_namespace n on n.oid=pronamespace where nspname='bullmq'`)).rows.map(r=>r.proname).join(' '))
  await c.end()
})
