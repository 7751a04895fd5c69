// What the events of the queries' bench carry: standard events in a game's mixture, and a custom one.

const TEMPLATES = 5_000
/** Of a hundred events. */
const SHARES = {
  level_start: 25,
  level_fail: 10,
  level_complete: 13,
  session_start: 10,
  session_end: 8,
  resource_source: 12,
  resource_sink: 10,
  ad_impression: 7,
  purchase: 1,
  error: 1,
  chest_opened: 3,
}

/** SQL: one of the numbers from `from` on, so many of them. */
const whole = (stream: number, from: number, many: number) =>
  `(${from} + (hashint8extended(number, ${stream}) & 2147483647) % ${many})`

const level = `'level', ${whole(1, 1, 60)}, 'attempt', ${whole(2, 1, 5)}`
const played = `${level}, 'score', ${whole(3, 0, 5_000)}, 'duration_ms', ${whole(4, 10_000, 200_000)}`
const moved = `'resource', (array['coins', 'gems', 'energy'])[${whole(5, 1, 3)}], 'amount', ${whole(6, 1, 500)},
  'item', 'item ' || ${whole(7, 1, 40)}`

const PROPERTIES: Partial<Record<keyof typeof SHARES, string>> = {
  level_start: level,
  level_fail: played,
  level_complete: played,
  resource_source: moved,
  resource_sink: moved,
  purchase: `'product_id', 'product ' || ${whole(8, 1, 12)}, 'amount_minor', ${whole(9, 99, 5_000)},
    'currency', (array['USD', 'EUR', 'JPY'])[${whole(10, 1, 3)}], 'transaction_id', md5(number::text)`,
  error: `'severity', 'error', 'message', 'It went wrong at ' || ${whole(11, 1, 30)}`,
  chest_opened: `'chest', (array['wood', 'iron', 'gold'])[${whole(12, 1, 3)}], 'luck', ${whole(13, 0, 100)} / 100.0`,
}

/** SQL: the name that the number stands for. */
function nameOf(number: string): string {
  let share = 0
  const cases = Object.entries(SHARES).map(([name, part]) => {
    share += part
    return `when ${number} % 100 < ${share} then '${name}'`
  })
  return `case ${cases.join(' ')} end`
}

const propertiesOf = Object.entries(PROPERTIES).map(
  ([name, members]) => `when '${name}' then jsonb_build_object(${members})`,
)

export const CREATE_TEMPLATES = `
  create temporary table templates (number int primary key, name text, properties jsonb);
  insert into templates
  select number, name, case name ${propertiesOf.join(' ')} else '{}' end || jsonb_build_object('build', md5(number::text))
  from (select number, ${nameOf('number')} as name from generate_series(0, ${TEMPLATES - 1}) as number) as named;
  analyze templates`
