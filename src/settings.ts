import { isIP, isIPv4 } from 'node:net'
import path from 'node:path'
import { z } from 'zod'

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

/** Digits only: `z.coerce.number()` would take an empty value for 0 and `1e3` for 1000. */
function wholeNumber(minimum: number, maximum: number, fallback: number) {
  return z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum, `must be ${minimum} or more`).max(maximum, `must be ${maximum} or less`))
    .default(fallback)
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && ['postgres:', 'postgresql:'].includes(new URL(text).protocol)
}

/** Scoring, matching and segments take two each: one holds the lock. Training and the delivery of webhooks take one each. */
export const WORKER_LEAST_CONNECTIONS = 8

const FOLDER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/

export function foldersByName(list: string): Readonly<Record<string, string>> {
  const folders = list.split(',').map((folder) => folder.trim())
  return Object.fromEntries(folders.map((folder) => [path.basename(folder), folder]))
}

function areNamedFolders(list: string): boolean {
  const names = Object.keys(foldersByName(list))
  return names.length === list.split(',').length && names.every((name) => FOLDER_NAME.test(name))
}

export function networks(list: string): readonly string[] {
  return list.split(',').map((network) => network.trim())
}

function areNetworks(list: string): boolean {
  return networks(list).every((network) => {
    const [address = '', bits, ...rest] = network.split('/')
    const longest = isIPv4(address) ? 32 : 128
    const isPrefix = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest)
    return isIP(address) !== 0 && isPrefix && rest.length === 0
  })
}

export function portsOf(list: string): readonly number[] {
  return list.split(',').map((port) => (/^\s*\d{1,5}\s*$/.test(port) ? Number(port) : Number.NaN))
}

function arePorts(list: string): boolean {
  return portsOf(list).every((port) => port >= 1 && port <= 65_535)
}

export function places(list: string): readonly string[] {
  return list.split(',').map((place) => place.trim())
}

function arePlacesOnThisMachine(list: string): boolean {
  return places(list).every((place) => {
    const [, port = '0'] = /^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\]):(\d{1,5})$/.exec(place) ?? []
    return arePorts(port) && URL.canParse(`http://${place}`)
  })
}

/** An origin only: a path or a query could contain secrets. */
function crmUrl(fallback?: string) {
  const isOrigin = (text: string) =>
    URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) && new URL(text).origin === text.replace(/\/$/, '')
  const url = z.string().refine(isOrigin, 'must be an origin such as https://crm.example.com')
  return fallback === undefined ? url.optional() : url.default(fallback)
}

const CRM_URL = '`https://host`, or `http://127.0.0.1:port` for a trial'
const DAY_MS = 86_400_000
const MILLISECONDS = `milliseconds, 1 to ${DAY_MS} (a day)`

/** The row of a setting in docs/configuration.md: `values` has the allowed values and their unit, `unset` the effect of leaving it out. */
interface SettingNotes {
  readonly description: string
  readonly values: string
  readonly unset?: string
}
export const SETTINGS = z.registry<SettingNotes>()

/** After a change: `npx winrate docs-config`. */
export const Environment = z.object({
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must look like postgres://user:password@host:5432/database')
    .optional()
    .register(SETTINGS, {
      description: 'PostgreSQL 15 or newer. Without a password in it, PGPASSWORD is taken.',
      values: '`postgres://user:password@host:5432/database`',
      unset: 'the embedded PostgreSQL 18 is started',
    }),
  MIGRATION_DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, 'must look like postgres://user:password@host:5432/database')
    .optional()
    .register(SETTINGS, {
      description:
        'The same database as the owner of its tables, who migrates. Creates the user of DATABASE_URL if needed, with rights on rows and temporary tables only.',
      values: '`postgres://user:password@host:5432/database`',
      unset: 'DATABASE_URL, whose user then must own the tables or find them migrated',
    }),
  MIGRATION_PGPASSWORD: z.string().optional().register(SETTINGS, {
    description: 'The password of MIGRATION_DATABASE_URL if the URL has none.',
    values: 'a password',
    unset: 'PGPASSWORD is taken',
  }),
  DATABASE_POOL_SIZE: wholeNumber(1, 500, 10).register(SETTINGS, {
    description: `The most connections that one process opens; the worker opens at least ${WORKER_LEAST_CONNECTIONS}.`,
    values: 'connections, 1 to 500',
  }),
  STATEMENT_TIMEOUT_MS: wholeNumber(1, DAY_MS, 10_000).register(SETTINGS, {
    description:
      'The time after which PostgreSQL cancels a statement of the service, or of a script that the next row does not name.',
    values: MILLISECONDS,
  }),
  TRAINING_STATEMENT_TIMEOUT_MS: wholeNumber(1, DAY_MS, 300_000).register(SETTINGS, {
    description: 'The same for training, the worker and the demo, which read much at a time.',
    values: MILLISECONDS,
  }),
  DATA_DIRECTORY: z.string().optional().register(SETTINGS, {
    description: 'The data directory of the embedded PostgreSQL. Not used with DATABASE_URL.',
    values: 'a folder',
    unset: 'a private folder per checkout',
  }),
  HOST: z.string().default('127.0.0.1').register(SETTINGS, {
    description: 'The address that the service listens on; `0.0.0.0` for every address of the machine.',
    values: 'an address or a host name',
  }),
  PORT: wholeNumber(0, 65_535, 3000).register(SETTINGS, {
    description: 'The port that the service listens on.',
    values: '0 to 65535; 0 takes a free one and prints it',
  }),
  RATE_LIMIT_PER_MINUTE: wholeNumber(1, 10_000_000, 6000).register(SETTINGS, {
    description: 'Requests that one process accepts per API key; it answers 429 to more.',
    values: 'requests a minute, 1 to 10000000',
  }),
  FAILED_KEYS_PER_MINUTE: wholeNumber(1, 10_000_000, 60).register(SETTINGS, {
    description: 'Requests without a valid API key per address that are answered 401; more are answered 429.',
    values: 'requests a minute, 1 to 10000000',
  }),
  TRUSTED_PROXIES: z
    .string()
    .refine(areNetworks, 'must be addresses or networks such as 10.0.0.0/8')
    .optional()
    .register(SETTINGS, {
      description: 'Reverse proxies whose X-Forwarded-For header names the client.',
      values: 'addresses and networks, separated by commas',
      unset: 'the header is not read',
    }),
  SPECIFICATIONS: z
    .string()
    .refine(areNamedFolders, 'must be folders with different last parts, of letters, digits and ._-')
    .default('models')
    .register(SETTINGS, {
      description: 'Specifications that a training run may request, by the last part of their path.',
      values: 'folders, separated by commas',
    }),
  WEBHOOK_PORTS: z.string().refine(arePorts, 'must be ports, 1 to 65535').default('443').register(SETTINGS, {
    description: 'Ports that webhooks may be sent to, by https only.',
    values: 'ports, separated by commas',
  }),
  WEBHOOK_LOOPBACK: z
    .string()
    .refine(arePlacesOnThisMachine, 'must be addresses with a port, such as 127.0.0.1:4010 or [::1]:4010')
    .optional()
    .register(SETTINGS, {
      description: 'Addresses of this machine that webhooks may be sent to, also by http: for a trial.',
      values: 'addresses of this machine with a port, separated by commas',
      unset: 'webhooks go to public addresses only',
    }),
  HUBSPOT_URL: crmUrl('https://api.hubapi.com').register(SETTINGS, {
    description: 'The address of HubSpot.',
    values: CRM_URL,
  }),
  HUBSPOT_ACCESS_TOKEN: z.string().optional().register(SETTINGS, {
    description: 'The token of a private app with the scope `crm.objects.companies.write`.',
    values: 'a token',
    unset: 'nothing can be written to HubSpot',
  }),
  SALESFORCE_URL: crmUrl().register(SETTINGS, {
    description: 'The My Domain address of the Salesforce organisation.',
    values: CRM_URL,
    unset: 'nothing can be written to Salesforce',
  }),
  SALESFORCE_CLIENT_ID: z.string().optional().register(SETTINGS, {
    description: 'The consumer key of a connected app with the client credentials flow.',
    values: 'a key',
    unset: 'nothing can be written to Salesforce',
  }),
  SALESFORCE_CLIENT_SECRET: z.string().optional().register(SETTINGS, {
    description: 'The consumer secret of that app.',
    values: 'a secret',
    unset: 'nothing can be written to Salesforce',
  }),
  DYNAMICS_URL: crmUrl().register(SETTINGS, {
    description: 'The address of the Dynamics 365 organisation.',
    values: CRM_URL,
    unset: 'nothing can be written to Dynamics',
  }),
  DYNAMICS_LOGIN_URL: crmUrl('https://login.microsoftonline.com').register(SETTINGS, {
    description: 'The address that issues tokens for Dynamics.',
    values: CRM_URL,
  }),
  DYNAMICS_TENANT_ID: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/, 'must be a tenant id')
    .optional()
    .register(SETTINGS, {
      description: 'The tenant of the application that writes to Dynamics.',
      values: 'a tenant id',
      unset: 'nothing can be written to Dynamics',
    }),
  DYNAMICS_CLIENT_ID: z.string().optional().register(SETTINGS, {
    description: 'The client id of that application.',
    values: 'a client id',
    unset: 'nothing can be written to Dynamics',
  }),
  DYNAMICS_CLIENT_SECRET: z.string().optional().register(SETTINGS, {
    description: 'The client secret of that application.',
    values: 'a secret',
    unset: 'nothing can be written to Dynamics',
  }),
  LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default('info')
    .register(SETTINGS, {
      description: 'The least severe level that is logged. Log lines are JSON on standard error.',
      values: LOG_LEVELS.map((level) => `\`${level}\``).join(', '),
    }),
})
