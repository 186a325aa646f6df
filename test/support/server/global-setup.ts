import { randomUUID } from 'node:crypto'
import { readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../../src/store/database/embedded/embedded-postgres.ts'
import { migrate } from '../../../src/store/database/migrate.ts'
import { databaseUrl, plainUrl } from './database-url.ts'
import { FOLDER_PREFIX, makeServerFolder, parentFolder } from './private-folder.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A URL that may create databases, and the migrated database that they are copied from. */
    serverUrl: string
    templateDatabase: string
  }
}

/** One server for the whole run: TEST_DATABASE_URL's, or an embedded one with its own folder, removed afterwards. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const server = await startServer()
  const templateDatabase = `winrate_template_${randomUUID().slice(0, 8)}`
  try {
    await runSql(server.url, `create database ${templateDatabase}`)
    const templateUrl = databaseUrl(server.url, templateDatabase)
    await migrate(templateUrl, undefined, plainUrl(templateUrl))
  } catch (error) {
    await server.stop()
    throw error
  }
  project.provide('serverUrl', server.url)
  project.provide('templateDatabase', templateDatabase)
  return async () => {
    await dropTemplates(server.url, templateDatabase)
    await server.stop()
  }
}

async function startServer(): Promise<{ url: string; stop(): Promise<void> }> {
  const given = process.env.TEST_DATABASE_URL
  if (given) return { url: given, stop: async () => undefined }
  await removeLeftovers()
  const folder = await makeServerFolder()
  const server = await startEmbeddedPostgres({ dataDirectory: folder, durable: false })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { url: server.url, stop }
}

/** The server of a run that was killed stops by itself, and leaves its folder: be the last to leave it, and remove it. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(parentFolder)) {
    const pid = name.startsWith(FOLDER_PREFIX) ? Number.parseInt(name.slice(FOLDER_PREFIX.length), 10) : 0
    if (!(pid > 0) || isAlive(pid)) continue
    const folder = path.join(parentFolder, name)
    try {
      await (await startEmbeddedPostgres({ dataDirectory: folder, durable: false })).stop()
      await rm(folder, { recursive: true, force: true })
    } catch {
      // Another user's, or being removed by another run.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** And those that were filled from it. */
async function dropTemplates(url: string, template: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ name: string }>(
      `select datname as name from pg_database where starts_with(datname, $1)`,
      [template],
    )
    for (const { name } of rows) await client.query(`drop database ${name} with (force)`)
  } finally {
    await client.end()
  }
}

async function runSql(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(statement).finally(() => client.end())
}
