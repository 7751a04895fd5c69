// The reason in an error of a store, for a sentence.

/** Codes of OpenSSL for a certificate that no known authority has signed. */
const UNKNOWN_AUTHORITY = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]
const NAME_AUTHORITY =
  "No known certificate authority has signed the server's certificate. Name the file of the authority in sslrootcert (PostgreSQL) or NODE_EXTRA_CA_CERTS"

/** A host with several addresses has one error for each, in an error without a message. Returns no period at the end. */
export function reasonOf(error: Error): string {
  const inner = [error, error.cause].find((one) => one instanceof AggregateError)
  const reason = (inner?.errors[0] as Error | undefined) ?? error
  const { code } = (reason.cause ?? reason) as NodeJS.ErrnoException
  return UNKNOWN_AUTHORITY.includes(code ?? '') ? NAME_AUTHORITY : reason.message.replace(/\.$/, '')
}
