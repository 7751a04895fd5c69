// `playtrace database-url`: prints the URL of the database, as in `psql "$(npm run -s playtrace -- database-url)"`.
import type { Config } from '../config.ts'
import { databaseUrlOf } from './connections.ts'

export async function databaseUrl(config: Config): Promise<void> {
  console.log(await databaseUrlOf(config))
}
