import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readDockerfile } from '../tools/docker/dockerfile.ts'

const ROOT = path.join(import.meta.dirname, '..')
const read = (name: string) => readFile(path.join(ROOT, name), 'utf8')

/** Settings that compose has no use for, and why. */
const NOT_PASSED: Readonly<Record<string, string>> = {
  MIGRATION_DATABASE_URL: 'only for migrate',
  MIGRATION_PGPASSWORD: 'only for migrate',
  DATA_DIRECTORY: 'of the embedded database, which the image lacks',
  HOST: 'the image sets it: every address of the container',
  PORT: 'the image sets it: WINRATE_PORTS says where it is published',
}

describe('the Dockerfile', () => {
  it('runs the service as its own process, as a user without rights', async () => {
    const { config, stages } = readDockerfile(await read('Dockerfile'))
    expect(config).toMatchObject({ user: 'node', workdir: '/app', stopSignal: 'SIGTERM' })
    expect([...config.entrypoint, ...config.command]).toEqual(['node', 'scripts/winrate.ts', 'serve'])
    expect(config.healthcheck.join(' ')).toContain('/livez')
    expect(stages.map(({ steps }) => steps.filter(({ kind }) => kind === 'run').length)).toEqual([1, 0])
  })

  it('is refused if its check does not know an instruction', () => {
    expect(() => readDockerfile('FROM node:24-slim\nCMD node src/main.ts')).toThrow('CMD must be in exec form')
    expect(() => readDockerfile('FROM node:24-slim\nADD a b')).toThrow('ADD is not understood')
    expect(() => readDockerfile('FROM node:24-slim\nCOPY --chown=node a b')).toThrow('COPY --chown is not understood')
    expect(() => readDockerfile('FROM node:24-slim\nCMD ["node"]')).toThrow('has no environment')
  })
})

describe('docker-compose.yml', () => {
  it('holds no password, and publishes ports on this machine only', async () => {
    const text = await read('docker-compose.yml')
    const { services } = parse(text, { merge: true })
    expect(Object.keys(services)).toEqual(['migrate', 'postgres', 'service', 'worker'])
    expect(services.postgres.environment.POSTGRES_PASSWORD).toBe('${POSTGRES_PASSWORD:?set it}')
    for (const name of ['migrate', 'service', 'worker']) {
      expect(services[name].environment.PGPASSWORD).toBe('${SERVICE_PASSWORD:?set it}')
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
    const ports = Object.values<{ ports?: string[] }>(services).flatMap((service) => service.ports ?? [])
    expect(ports).toEqual(['127.0.0.1:${WINRATE_PORTS:-3000-3001}:3000'])
  })

  it('passes every documented setting, under its name and with its own default', async () => {
    const { services } = parse(await read('docker-compose.yml'), { merge: true })
    const documented = [...(await read('docs/configuration.md')).matchAll(/^\| `([A-Z_]+)` \|/gm)].map(
      ([, name]) => name,
    )
    expect(documented.length).toBeGreaterThan(20)
    const passed = documented.filter((name) => !(String(name) in NOT_PASSED))
    for (const name of ['migrate', 'service', 'worker']) {
      const { DATABASE_URL: url, ...environment } = services[name].environment
      expect(url).toBe('postgres://winrate_service@postgres:5432/winrate')
      for (const setting of passed.filter((found) => found !== 'DATABASE_URL'))
        expect([name, environment[String(setting)]]).toEqual([name, `\${${setting}:-}`])
      const undocumented = Object.keys(environment).filter((given) => !documented.includes(given))
      expect(undocumented).toEqual(['PGPASSWORD'])
    }
  })

  it('gives no serving container the password of the owner', async () => {
    const { services } = parse(await read('docker-compose.yml'), { merge: true })
    for (const name of ['service', 'worker'])
      expect(JSON.stringify(services[name])).not.toMatch(/POSTGRES_PASSWORD|MIGRATION_/)
    expect(services.migrate.environment).toMatchObject({
      MIGRATION_DATABASE_URL: 'postgres://winrate@postgres:5432/winrate',
      MIGRATION_PGPASSWORD: '${POSTGRES_PASSWORD:?set it}',
    })
  })

  it('limits memory and processes, and serves two replicas on as many ports', async () => {
    const { services } = parse(await read('docker-compose.yml'), { merge: true })
    for (const service of Object.values<{ deploy: { resources: unknown } }>(services)) {
      expect(service.deploy.resources).toEqual({
        limits: { memory: expect.stringMatching(/^\$\{[A-Z]+_MEMORY:-\d+g\}$/), pids: expect.any(Number) },
      })
    }
    expect(services.service.deploy.replicas).toBe(2)
    expect(services.service.container_name).toBeUndefined()
    const [, first, last] = /:-(\d+)-(\d+)\}/.exec(services.service.ports[0]) ?? []
    expect(Number(last) - Number(first) + 1).toBe(services.service.deploy.replicas)
  })

  it('mounts the data of PostgreSQL 18 at the path of its image', async () => {
    const { services, volumes } = parse(await read('docker-compose.yml'), { merge: true })
    expect(services.postgres.image).toMatch(/^postgres:18\b/)
    expect(services.postgres.volumes).toEqual(['postgres-data:/var/lib/postgresql'])
    expect(volumes).toHaveProperty('postgres-data')
  })
})
