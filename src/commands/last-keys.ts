// Keeps the hashes of the keys in force where a restart finds them, so that an API process that starts while the database is
// away takes events: in Redis if the queue is there, otherwise in the data folder.
import { join } from 'node:path'
import type { LastKeys } from '../api/admission/key-ring.ts'
import { readIfExists, storeSecret } from '../embedded-postgres/secret-file.ts'
import type { RedisStore } from '../queue/redis-store.ts'
import type { Key } from '../storage/games/games.ts'
import { openDataDir } from './data-dir.ts'

/** In Redis and, with the ending .json, in the data folder. */
const NAME = 'playtrace-last-keys'
/** The keys are stored again after this, because a new or emptied Redis does not have them. */
const STORED_MS_MAX = 60_000

export function lastKeys(redis: RedisStore | undefined, dataDir: string): LastKeys {
  const file = join(dataDir, `${NAME}.json`)
  const read = () => (redis ? redis.text(NAME) : readIfExists(file))
  const store = async (text: string) => {
    if (redis) return redis.setText(NAME, text)
    await openDataDir(dataDir)
    await storeSecret(file, text)
  }
  let stored: string | undefined
  let storedAtMs = 0
  return {
    async read() {
      const text = await read()
      return text === undefined ? undefined : (JSON.parse(text) as StoredKey[]).map(keyOf)
    },
    async store(keys) {
      const text = JSON.stringify(keys.map((key) => ({ ...key, key_hash: key.key_hash.toString('hex') })))
      if (text === stored && Date.now() - storedAtMs < STORED_MS_MAX) return
      await store(text)
      stored = text
      storedAtMs = Date.now()
    },
  }
}

type StoredKey = Omit<Key, 'key_hash'> & { key_hash: string }

const keyOf = (key: StoredKey): Key => ({ ...key, key_hash: Buffer.from(key.key_hash, 'hex') })
