// The reason in an error of a store, for a sentence.

/** A host with several addresses has one error for each, in an error without a message. Returns no period at the end. */
export function reasonOf(error: Error): string {
  const inner = [error, error.cause].find((one) => one instanceof AggregateError)
  const { message } = (inner?.errors[0] as Error | undefined) ?? error
  return message.replace(/\.$/, '')
}
