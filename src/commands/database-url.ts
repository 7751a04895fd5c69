// `playtrace database-url`: the database's URL, for psql and every other tool: `psql "$(npm run -s playtrace -- database-url)"`.
import type { Config } from '../config.ts'
import { databaseUrlOf } from './connections.ts'

export async function databaseUrl(config: Config): Promise<void> {
  console.log(await databaseUrlOf(config))
}
