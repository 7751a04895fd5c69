// `npm run bench -- check`: under a minute, for who changed something. A few ratios against those that are recorded, on one
// system that stays up. `--record` records them anew, after a change that is meant to move them.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { table } from '../../chaos/table.ts'
import { type BenchRun, benchRun } from './bench-run.ts'
import type { Figures } from './figures.ts'
import { startLoadProcess } from './load/load-process.ts'
import { measure } from './measure.ts'
import { RESULTS_DIR, surroundings } from './record.ts'
import { shuffled } from './rounds.ts'
import { measureCeiling } from './rows/ceiling-rows.ts'
import { FASTIFY_REQUESTS, startFastifyOnly } from './rows/other-rows.ts'
import { REQUESTS_OF_1, REQUESTS_OF_50 } from './rows/playtrace-rows.ts'
import { median } from './statistics.ts'
import { type Playtrace, startPlaytrace } from './system/playtrace.ts'

export interface CheckOptions {
  seed: number
  dir: string | undefined
  record: boolean
}

const RECORDED = join(RESULTS_DIR, 'recorded.json')
const ROUNDS = 5
/** How far under the recorded ratio one may fall. */
const FALL_MAX = 0.25

const EVENTS_BY_1 = 4_000
const EVENTS_BY_50 = 20_000
const CEILING_EVENTS = 20_000
const CEILING_BATCH_EVENTS = 1_000
const FASTIFY_EVENTS = 10_000

type Rates = Record<'pg-1' | 'pg-50' | 'ceiling' | 'fastify', number>

const RATIOS: Record<string, (rates: Rates) => number> = {
  'requests of 50, PostgreSQL queue ÷ dedupe ceiling': (rates) => rates['pg-50'] / rates.ceiling,
  'requests of 1, PostgreSQL queue ÷ Fastify only': (rates) => rates['pg-1'] / rates.fastify,
}

interface Recorded {
  where: string[]
  ratios: Record<string, number>
}

/** @returns the exit code: 1 where a ratio fell too far */
export async function check({ seed, dir, record }: CheckOptions): Promise<number> {
  const where = await surroundings()
  const { rounds, othersCores } = await benchRun({ dir, total: ROUNDS }, (run) => measureRounds(seed, run))
  const ratios = Object.fromEntries(
    Object.entries(RATIOS).map(([name, of]) => [name, median(rounds.map(of))]),
  )
  console.log(`Cores busy with something else meanwhile: ${median(othersCores).toFixed(2)}.\n`)
  if (record) {
    await mkdir(RESULTS_DIR, { recursive: true })
    await writeFile(RECORDED, `${JSON.stringify({ where, ratios } satisfies Recorded, null, 2)}\n`)
    console.log(`Recorded in ${RECORDED}: ${JSON.stringify(ratios)}`)
    return 0
  }
  const text = await readFile(RECORDED, 'utf8').catch(() => '')
  if (!text) throw new Error('Nothing is recorded yet: npm run bench -- check --record')
  const recorded = JSON.parse(text) as Recorded
  const lines = Object.entries(ratios).map(([name, now]) => {
    const then = recorded.ratios[name] ?? Number.NaN
    const hasFallen = !(now >= then * (1 - FALL_MAX))
    return { hasFallen, cells: [name, then.toFixed(2), now.toFixed(2), hasFallen ? 'FELL' : ''] }
  })
  console.log(
    table(
      ['ratio', 'recorded', 'now', ''],
      lines.map(({ cells }) => cells),
    ),
  )
  const fallen = lines.filter(({ hasFallen }) => hasFallen)
  if (fallen.length > 0) {
    console.log(`\nMore than ${FALL_MAX * 100} % under what is recorded.`)
  }
  return fallen.length > 0 ? 1 : 0
}

interface Measured {
  rounds: Rates[]
  /** Of each measurement. */
  othersCores: number[]
}

async function measureRounds(seed: number, run: BenchRun): Promise<Measured> {
  const load = startLoadProcess()
  const playtrace = await startPlaytrace({ dataDir: run.dataDir, queue: 'postgres' })
  const fastify = await startFastifyOnly()
  try {
    const shape = { data: 'game', seed, rate: undefined } as const
    const rows: Record<keyof Rates, () => Promise<Figures>> = {
      'pg-1': () => measure(playtrace, load, { ...shape, ...REQUESTS_OF_1, events: EVENTS_BY_1 }),
      'pg-50': () => measure(playtrace, load, { ...shape, ...REQUESTS_OF_50, events: EVENTS_BY_50 }),
      ceiling: () => ceiling(playtrace, seed),
      fastify: () => measure(fastify, load, { ...shape, ...FASTIFY_REQUESTS, events: FASTIFY_EVENTS }),
    }
    const names = Object.keys(rows) as (keyof Rates)[]
    await playtrace.storage.empty()
    for (const name of names) await rows[name]() // compiled, connected, cached
    const rounds: Rates[] = []
    const othersCores: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      run.progress(`round ${round + 1}`, round)
      const rates: Partial<Rates> = {}
      for (const name of shuffled(names, seed, round)) {
        const figures = await rows[name]()
        rates[name] = figures.eventsPerSecond
        othersCores.push(figures.othersCores)
      }
      rounds.push(rates as Rates)
    }
    return { rounds, othersCores }
  } finally {
    await fastify.close()
    await playtrace.close()
    await load.stop()
  }
}

function ceiling({ databaseUrl, pids }: Playtrace, seed: number) {
  const plan = { kind: 'dedupe', batchEvents: CEILING_BATCH_EVENTS } as const
  const server = { url: databaseUrl, pid: pids.database[0] as number }
  return measureCeiling({ data: 'game', seed, events: CEILING_EVENTS }, plan, server)
}
