// Buttons that download all events that match a query, as CSV or NDJSON, through a link that works once.
import { useState } from 'preact/hooks'
import { ask, asProblem, gameUrl, isSignedOut, type Query } from '../api.ts'
import { saveUrl } from '../csv.ts'
import { useSession } from '../session.ts'
import { Problem } from './states.tsx'

const FORMATS = { csv: 'CSV', ndjson: 'NDJSON' }

export function EventDownload({ query }: { query: Query }) {
  const session = useSession()
  const [problem, setProblem] = useState<string>()
  const download = async (format: string) => {
    setProblem(undefined)
    try {
      const link = gameUrl(session.game, 'downloads', { ...query, format })
      const { url } = await (await ask(link, { method: 'POST' })).json()
      // The browser writes the file to disk as it arrives, so its size does not matter.
      saveUrl(url)
    } catch (error) {
      if (isSignedOut(error as Error)) return session.signOut((error as Error).message)
      setProblem(asProblem(error as Error).message)
    }
  }
  return (
    <>
      {Object.entries(FORMATS).map(([format, label]) => (
        <button
          key={format}
          type="button"
          class="quiet"
          title={`Download all matching events as ${label}`}
          onClick={() => download(format)}
        >
          {label}
        </button>
      ))}
      {problem && <Problem message={problem} />}
    </>
  )
}
