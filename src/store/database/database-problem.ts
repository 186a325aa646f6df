/** What an error of the database means for the caller. */
export type DatabaseProblem = 'database_unavailable' | 'timeout' | 'conflict' | 'invalid_value'

/** Node's and the driver's codes for a connection that cannot be made or was lost. */
const NETWORK = /^(?:ECONN|EPIPE|ENOTFOUND|EAI_|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)/
/** The pool's own errors carry no code. */
const CONNECTION_MESSAGE =
  /^(?:timeout exceeded when trying to connect|Connection terminated|Client (?:has encountered a connection error|was closed))/
/**
 * Errors that pass by themselves or that the operator fixes, and that the request did not cause: lost connections (08),
 * credentials (28) or
 * a database (3D000) that are missing, out of resources (53), starting up and shutting down (57P), a failing disk (58),
 * a transaction to retry (40), a standby that cannot write (25006), a transaction that was ended because it was
 * idle (25P03) or took too long (25P04).
 */
const UNAVAILABLE = /^(?:08|28|3D000|53|57P|58|40001|40003|40P01|25006|25P03|25P04)/

/** SQLSTATE classes, PostgreSQL manual appendix A. */
export function databaseProblem(error: unknown): DatabaseProblem | undefined {
  if (error instanceof AggregateError) return databaseProblem(error.errors[0])
  if (!(error instanceof Error)) return undefined
  if (CONNECTION_MESSAGE.test(error.message)) return 'database_unavailable'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (NETWORK.test(code)) return 'database_unavailable'
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined
  if (code === '57014' || code === '55P03') return 'timeout'
  if (UNAVAILABLE.test(code)) return 'database_unavailable'
  if (code === '23505') return 'conflict'
  return code.startsWith('22') ? 'invalid_value' : undefined
}
