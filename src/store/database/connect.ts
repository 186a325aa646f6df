import { Client } from 'pg'
import { AppError } from '../../errors.ts'
import { codeOf } from './embedded/private-files.ts'

const OLDEST_MAJOR = 15
const CONNECTION_TIMEOUT_MS = 5000

/**
 * A connection for the start of a command: reports any problem with the database in one line.
 * @throws AppError DatabaseUnavailable, whose message holds no password
 */
export async function connectTo(url: string, applicationName: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw new AppError('DatabaseUnavailable', describeConnectionFailure(error, client), { cause: error })
  }
  const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
  const major = Math.floor(Number(rows[0]?.server_version_num) / 10_000)
  if (major >= OLDEST_MAJOR) return client
  await client.end()
  const message = `${placeOf(client)} is version ${major}: Winrate needs PostgreSQL ${OLDEST_MAJOR} or newer`
  throw new AppError('DatabaseUnavailable', message)
}

type Place = Pick<Client, 'host' | 'port' | 'user' | 'database'>

function placeOf({ host, port }: Place): string {
  return `PostgreSQL at ${host}:${port}`
}

function describeConnectionFailure(error: unknown, place: Place): string {
  const at = placeOf(place)
  const user = `user "${place.user}"`
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `${at} does not answer: nothing listens there`,
    ECONNRESET: `${at} closed the connection at once: is it PostgreSQL?`,
    ENOTFOUND: `${at} cannot be found: there is no host of that name`,
    EAI_AGAIN: `${at} cannot be found: the name server does not answer`,
    ETIMEDOUT: `${at} does not answer`,
    EHOSTUNREACH: `${at} cannot be reached`,
    ENETUNREACH: `${at} cannot be reached`,
    '28P01': `${at} refuses ${user}: unknown, or another password`,
    '28000': `${at} does not let ${user} in`,
    '3D000': `${at} has no database "${place.database}"`,
    '53300': `${at} has no connection left for ${user}`,
    '57P03': `${at} is starting or stopping`,
  }
  const known = words[codeOf(error instanceof AggregateError ? error.errors[0] : error)]
  const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  // The driver's message for a missing password names no setting.
  const reason = /client password must be a string/.test(said)
    ? `it asks ${user} for a password, and none is given`
    : /timeout/i.test(said)
      ? 'it does not answer'
      : said
  return `${known ?? `cannot connect to ${at}: ${reason}`}. Check DATABASE_URL and MIGRATION_DATABASE_URL`
}
