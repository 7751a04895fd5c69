// Work whose result many may ask for without a key: it runs at most once a second, whoever asks.

const KEPT_MS = 1_000

/** While the work runs, and for a second after that, everyone who asks gets the same result. */
export function onceASecond<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined
  return () => {
    last ??= work().finally(() => {
      setTimeout(() => {
        last = undefined
      }, KEPT_MS).unref()
    })
    return last
  }
}
