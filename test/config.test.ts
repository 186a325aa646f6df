import { describe, expect, it } from 'vitest'
import { loadConfig } from '../src/config.ts'

describe('loadConfig', () => {
  it('requires no variable: the defaults start the service with an embedded database', () => {
    expect(loadConfig({})).toEqual({
      database: {
        url: undefined,
        maxConnections: 10,
        statementTimeoutMs: 10_000,
        trainingStatementTimeoutMs: 300_000,
        dataDirectory: undefined,
      },
      http: {
        host: '127.0.0.1',
        port: 3000,
        limits: { requestsPerMinute: 6000, failedKeysPerMinute: 60 },
        trustedProxies: [],
      },
      specifications: { models: 'models' },
      webhookTargets: { ports: [443], loopback: [] },
      writeBack: {
        hubspot: { url: 'https://api.hubapi.com', token: undefined },
        salesforce: { url: undefined, clientId: undefined, clientSecret: undefined },
        dynamics: {
          url: undefined,
          loginUrl: 'https://login.microsoftonline.com',
          tenantId: undefined,
          clientId: undefined,
          clientSecret: undefined,
        },
      },
      logLevel: 'info',
    })
  })

  it('treats an empty variable as unset', () => {
    expect(loadConfig({ DATABASE_URL: '', PORT: '' })).toEqual(loadConfig({}))
  })

  it('names every invalid variable with its value and the limit', () => {
    expect(() => loadConfig({ PORT: '70000', STATEMENT_TIMEOUT_MS: '1e3', LOG_LEVEL: 'loud' })).toThrow(
      [
        'STATEMENT_TIMEOUT_MS must be a whole number, got "1e3"',
        'PORT must be 65535 or less, got "70000"',
        'LOG_LEVEL Invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent", got "loud"',
      ].join('\n'),
    )
  })

  it('accepts proxies as addresses and networks only', () => {
    const proxies = (list: string) => loadConfig({ TRUSTED_PROXIES: list }).http.trustedProxies
    expect(proxies('10.0.0.0/8, ::1')).toEqual(['10.0.0.0/8', '::1'])
    for (const list of ['true', '1', '10.0.0.0/33', '10.0.0.0/8/8', 'proxy.internal', '::1/129', '10.0.0.1,']) {
      expect(() => proxies(list), list).toThrow('TRUSTED_PROXIES must be addresses or networks')
    }
  })

  it('names specifications by the last part of their folders, which must differ', () => {
    const { specifications } = loadConfig({ SPECIFICATIONS: 'models, /srv/acme/emea-models' })
    expect(specifications).toEqual({ models: 'models', 'emea-models': '/srv/acme/emea-models' })
    for (const list of ['models,other/models', '..', 'models,']) {
      expect(() => loadConfig({ SPECIFICATIONS: list }), list).toThrow('SPECIFICATIONS must be folders')
    }
  })

  it('does not repeat a database URL, which may contain a password', () => {
    expect(() => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@db' })).toThrow(
      /^DATABASE_URL must look like postgres:[^]*$/,
    )
    expect(() => loadConfig({ DATABASE_URL: 'mysql://me:hunter2@db' })).not.toThrow('hunter2')
  })
})
