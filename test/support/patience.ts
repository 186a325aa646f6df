/** Of everything that is waited for: minutes, so that a busy machine is no failure, and less than a test has. */
export const PATIENCE_MS = 240_000

/** For `openDatabase`, of which only tests of its limits need others. */
export const PATIENT = {
  statementTimeoutMs: PATIENCE_MS,
  limits: { connection: PATIENCE_MS, lock: PATIENCE_MS, idleInTransaction: PATIENCE_MS },
}
