// Carries out the Dockerfile's own steps in a temporary folder, without Docker, and runs the commands of
// docker-compose.yml on the result: migrate, service, worker. `npm run check:docker`.
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Command } from 'commander'
import { parse } from 'yaml'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/store/database/embedded/embedded-postgres.ts'
import { buildStages, copyContext, copyNode } from './docker/build.ts'
import { type Container, type Image, startContainer, waitUntil } from './docker/container.ts'
import { readDockerfile } from './docker/dockerfile.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
/** Another user cannot enter a temporary folder under root's home. */
const PARENT = process.getuid?.() === 0 ? '/var/tmp' : tmpdir()

interface ComposeService {
  readonly command?: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

new Command('check:docker')
  .description('Carry out the steps of the Dockerfile and the commands of docker-compose.yml, without Docker.')
  .parse()

const folder = await mkdtemp(path.join(PARENT, 'winrate-docker-'))
try {
  await chmod(folder, 0o755)
  await check()
  console.log('The steps of the Dockerfile and the commands of docker-compose.yml work.')
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function check(): Promise<void> {
  const image = await build()
  await checkDependencies(image)
  const data = path.join(folder, 'data')
  await mkdir(data)
  const server = await startEmbeddedPostgres({ dataDirectory: data, durable: false })
  try {
    const services = parse(await readFile(path.join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }).services
    await runMigrate(image, services.migrate, server)
    await runService(image, services.service, server)
    await runWorker(image, services.worker, server)
  } finally {
    await server.stop()
  }
}

async function build(): Promise<Image> {
  const { stages, config } = readDockerfile(await readFile(path.join(ROOT, 'Dockerfile'), 'utf8'))
  if (config.user !== 'node') throw new Error(`the image must not run as root, got USER ${config.user}`)
  await copyContext(ROOT, path.join(folder, 'context'))
  const nodeFolder = await copyNode(folder)
  return { root: await buildStages(stages, folder, nodeFolder), config, nodeFolder }
}

/** The image has no other packages; that the service starts shows that it needs none. */
async function checkDependencies(image: Image): Promise<void> {
  const { packages } = JSON.parse(await readFile(path.join(ROOT, 'package-lock.json'), 'utf8'))
  const unwanted = Object.entries<{ dev?: boolean; optional?: boolean }>(packages).flatMap(
    ([place, { dev, optional }]) =>
      (dev || optional) && existsSync(path.join(image.root, image.config.workdir, place)) ? [place] : [],
  )
  if (unwanted.length > 0)
    throw new Error(`the image has packages for development or optional ones: ${unwanted.join(', ')}`)
  const count = Object.values<{ dev?: boolean; optional?: boolean }>(packages).filter(
    (found) => !found.dev && !found.optional,
  )
  console.log(`  ${count.length - 1} packages, none for development and none optional`)
}

/** The environment of a compose service, with the database and the address of this check. */
function environmentOf(service: ComposeService, server: EmbeddedPostgres): Record<string, string> {
  const own = Object.entries(service.environment).map(([name, value]) => [
    name,
    String(value).replace(/^\$\{\w+:-(.*)\}$/, '$1'),
  ])
  const given: Record<string, string> = Object.fromEntries(own)
  const owner = apart(server.url)
  const plain = apart(server.serviceUrl)
  return {
    ...given,
    DATABASE_URL: plain.url,
    PGPASSWORD: plain.password,
    ...('MIGRATION_DATABASE_URL' in given
      ? { MIGRATION_DATABASE_URL: owner.url, MIGRATION_PGPASSWORD: owner.password }
      : {}),
  }
}

/** As in docker-compose.yml, the password is not in the URL. */
function apart(url: string): { url: string; password: string } {
  const { username, password, host, pathname } = new URL(url)
  return { url: `postgres://${username}@${host}${pathname}?sslmode=disable`, password: decodeURIComponent(password) }
}

/** As Docker does: the command of the service, or that of the image, follows the entry point. */
function startCommand(
  image: Image,
  { command }: ComposeService,
  environment: Readonly<Record<string, string>>,
): Container {
  const { config } = image
  return startContainer(image, [...config.entrypoint, ...(command ?? config.command)], environment)
}

async function runMigrate(image: Image, service: ComposeService, server: EmbeddedPostgres): Promise<void> {
  const migrate = startCommand(image, service, environmentOf(service, server))
  const code = await migrate.ended
  if (code !== 0) throw new Error(`migrate ended with ${code}:\n${migrate.output()}`)
  console.log(`  migrate: ${migrate.output().trim()}`)
}

async function runService(image: Image, compose: ComposeService, server: EmbeddedPostgres): Promise<void> {
  const port = String(await freePort())
  const environment = { ...environmentOf(compose, server), HOST: '127.0.0.1', PORT: port }
  const service = startCommand(image, compose, environment)
  try {
    await waitUntil('the service', service, async () => {
      return (await startContainer(image, image.config.healthcheck, environment).ended) === 0
    })
    for (const route of ['/livez', '/readyz']) {
      const answer = await fetch(`http://127.0.0.1:${port}${route}`)
      if (answer.status !== 200) throw new Error(`${route} answered ${answer.status}: ${await answer.text()}`)
    }
  } finally {
    await stop('the service', service)
  }
  if ((await startContainer(image, image.config.healthcheck, environment).ended) === 0)
    throw new Error('the health check passes without a service')
  console.log(`  service: healthy, /livez and /readyz answer 200, ${image.config.stopSignal} ends it with 0`)
}

async function runWorker(image: Image, compose: ComposeService, server: EmbeddedPostgres): Promise<void> {
  const worker = startCommand(image, compose, environmentOf(compose, server))
  try {
    await waitUntil('the worker', worker, async () => worker.output().includes('idle: no model is in use'))
  } finally {
    await stop('the worker', worker)
  }
  console.log(`  worker: idle without a model, ${image.config.stopSignal} ends it with 0`)
}

async function stop(what: string, container: Container): Promise<void> {
  const code = await container.stop()
  if (code !== 0) throw new Error(`${what} ended with ${code} after the stop signal:\n${container.output()}`)
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const address = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
