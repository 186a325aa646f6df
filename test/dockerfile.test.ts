import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readDockerfile } from '../tools/docker/dockerfile.ts'

const ROOT = path.join(import.meta.dirname, '..')
const read = (name: string) => readFile(path.join(ROOT, name), 'utf8')

describe('the Dockerfile', () => {
  it('runs the service as its own process, as a user without rights', async () => {
    const { config, stages } = readDockerfile(await read('Dockerfile'))
    expect(config).toMatchObject({ user: 'node', workdir: '/app', stopSignal: 'SIGTERM' })
    expect(config.command).toEqual(['node', 'src/main.ts'])
    expect(config.healthcheck.join(' ')).toContain('/livez')
    expect(stages.map(({ steps }) => steps.filter(({ kind }) => kind === 'run').length)).toEqual([1, 0])
  })

  it('is read whole: what its check would not do is refused', () => {
    expect(() => readDockerfile('FROM node:24-slim\nCMD node src/main.ts')).toThrow('CMD must be in exec form')
    expect(() => readDockerfile('FROM node:24-slim\nADD a b')).toThrow('ADD is not understood')
    expect(() => readDockerfile('FROM node:24-slim\nCOPY --chown=node a b')).toThrow('COPY --chown is not understood')
    expect(() => readDockerfile('FROM node:24-slim\nCMD ["node"]')).toThrow('says nothing about its environment')
  })
})

describe('docker-compose.yml', () => {
  it('holds no password, and opens nothing beyond this machine', async () => {
    const text = await read('docker-compose.yml')
    const { services } = parse(text, { merge: true })
    expect(Object.keys(services)).toEqual(['migrate', 'postgres', 'service', 'worker'])
    expect(services.postgres.environment.POSTGRES_PASSWORD).toBe('${POSTGRES_PASSWORD:?set it}')
    for (const name of ['migrate', 'service', 'worker']) {
      expect(services[name].environment.PGPASSWORD).toBe('${POSTGRES_PASSWORD:?set it}')
      expect(services[name]).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
    }
    const ports = Object.values<{ ports?: string[] }>(services).flatMap((service) => service.ports ?? [])
    expect(ports).toEqual(['127.0.0.1:${WINRATE_PORT:-3000}:3000'])
  })

  it('keeps the data of PostgreSQL 18 where its image does', async () => {
    const { services, volumes } = parse(await read('docker-compose.yml'), { merge: true })
    expect(services.postgres.image).toMatch(/^postgres:18\b/)
    expect(services.postgres.volumes).toEqual(['postgres-data:/var/lib/postgresql'])
    expect(volumes).toHaveProperty('postgres-data')
  })
})
