/** The same server and user, another database. */
export function databaseUrl(serverUrl: string, database: string): string {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  return url.href
}

/** The same database for the role that serves. */
export function plainUrl(ownerUrl: string): string {
  const url = new URL(ownerUrl)
  url.username = 'winrate_test_service'
  url.password = 'plain'
  return url.href
}
