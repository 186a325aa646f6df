import { list, members, times } from './repeated.ts'
import type { WireRequest } from './send.ts'

export interface CostlyRequest extends Omit<WireRequest, 'headers'> {
  readonly name: string
  readonly headers?: Readonly<Record<string, string>>
}

const MIB = 1_048_576
const NOW = '2026-03-01T09:30:00Z'

/**
 * Requests whose work grows with what is in them, each as large as its limit lets through. None may hold the event loop.
 * @param accounts external ids of stored accounts, of which 1,000 are asked for at once
 */
export function costlyRequests(accounts: readonly string[]): readonly CostlyRequest[] {
  const keys = accounts.slice(0, 1000).map((externalId) => ({ external_id: externalId }))
  return [
    ...segments(),
    post(
      'scores: 90,000 unknown keys',
      '/v1/scores',
      members(90_000, () => '1'),
    ),
    post('scores: 500,000 accounts that are none', '/v1/scores', `{"accounts":[${list(500_000, () => '0')}]}`),
    post('scores: 1,000 keys of 900 characters', '/v1/scores', {
      accounts: times(1000, () => ({ domain: 'x'.repeat(900) })),
    }),
    post('scores: 8,000 accounts with unknown keys', '/v1/scores', {
      accounts: times(8000, (index) => ({ [`key_${index}`]: 1, domain: 'a.com', ['x'.repeat(60)]: index })),
    }),
    post('scores: 1,000 stored', '/v1/scores', { accounts: keys, stored: true }),
    post('scores: 1,000 computed', '/v1/scores', { accounts: keys }),
    post('scores: 1,000 computed with contributions', '/v1/scores', { accounts: keys, contributions: true }),
    ...inline(),
    ...rows(),
    ...otherBodies(),
    ...queries(),
    get('the document', '/openapi.json'),
    get('the document as OpenAPI 3.0', '/openapi-3.0.json'),
    get('the document of the pages', '/docs/json'),
    get('the document of the pages as YAML', '/docs/yaml'),
    get('what a problem means, by a long name', `/problems/${'x'.repeat(4000)}`),
  ]
}

function segments(): readonly CostlyRequest[] {
  const filter = (part: unknown, name: string) =>
    post(`segments: ${name}`, '/v1/segments', { name: 'costly', title: 'Costly', filter: part })
  const unknown = (length: number) => (index: number) => ({
    field: `attributes.${'industri'.repeat(40).slice(0, length)}${index}`,
    operator: 'is',
    value: 'x',
  })
  const nested = (part: (index: number) => unknown) => ({
    all: times(50, (outer) => ({ any: times(50, (inner) => part(outer * 50 + inner)) })),
  })
  return [
    filter(nested(unknown(8)), '2,500 unknown fields'),
    filter(nested(unknown(230)), '2,500 unknown fields of 240 characters'),
    filter(
      { all: times(50, (index) => ({ any: times(4, (inner) => unknown(80)(index * 4 + inner)) })) },
      '200 unknown fields',
    ),
    filter(
      { all: times(50, () => ({ field: 'buying_stage', operator: 'is_any_of', value: times(200, () => 'decisoin') })) },
      '50 lists of 200 unknown values',
    ),
    filter(
      { all: times(50, (index) => ({ field: 'owner', operator: `has_any_${index}`, value: 'x' })) },
      '50 unknown operators',
    ),
    filter({ all: times(200_000, () => ({})) }, '200,000 empty parts'),
    filter(tree(6, 8), 'a tree of 8^6 parts'),
    post(
      'segments: 90,000 unknown keys',
      '/v1/segments',
      members(90_000, () => '1'),
    ),
  ]
}

/** A filter of so many levels, as many parts in each. */
function tree(levels: number, width: number): unknown {
  return levels === 0 ? {} : { any: times(width, () => tree(levels - 1, width)) }
}

function inline(): readonly CostlyRequest[] {
  const account = (name: string, given: object) => post(`inline: ${name}`, '/v1/scores', { inline: [given] })
  const several = (name: string, given: object) =>
    post(`inline: ${name}`, '/v1/scores', { inline: times(100, () => given) })
  const visits = (many: number, at = NOW) => times(many, () => ({ kind: 'visit', occurred_at: at }))
  return [
    account('30,000 attributes', {
      attributes: Object.fromEntries(times(30_000, (index) => [`attribute_${index}`, 1])),
    }),
    account('500 values in each of 190 attributes', {
      attributes: Object.fromEntries(times(190, (index) => [`a${index}`, times(500, () => 'b')])),
    }),
    several('100 accounts with 180 activities each', { activities: visits(180) }),
    several('100 accounts with 180 activities each that lie ahead', {
      activities: visits(180, '2199-01-01T00:00:00Z'),
    }),
    account('5,000 activities of 1,000 unknown contacts', {
      activities: visits(5000).map((visit, index) => ({ ...visit, contact_external_id: `c${index % 1000}` })),
    }),
    several('100 accounts with 20 contacts of long titles', {
      contacts: times(20, (index) => ({ external_id: `c${index}`, title: 'head of vice '.repeat(30).slice(0, 390) })),
    }),
    several('100 accounts with 150 signals of many topics', {
      intent_signals: times(150, (index) => ({ topic: `t${index}`, observed_at: NOW, strength: 1 })),
    }),
    several('100 accounts with unknown keys', Object.fromEntries(times(500, (index) => [`key_${index}`, 1]))),
  ]
}

function rows(): readonly CostlyRequest[] {
  const batch = (kind: string, name: string, given: readonly unknown[]) =>
    post(`${kind}: ${name}`, `/v1/${kind}/batch`, { rows: given })
  const account = (more: object) => ({ external_id: 'costly', ...more })
  const visit = (more: object, index = 0) => ({
    source_id: `costly-${index}`,
    kind: 'visit',
    occurred_at: NOW,
    ...more,
  })
  const text = (name: string, body: string) => post(`accounts: ${name}`, '/v1/accounts/batch', body)
  return [
    batch('accounts', '45,000 domains', [account({ domain: times(45_000, (index) => `a${index}.example.com`) })]),
    batch('accounts', '45,000 domains in one text', [
      account({ domain: times(45_000, (index) => `a${index}.example.com`).join(';') }),
    ]),
    batch('accounts', '240,000 technologies', [account({ technologies: times(240_000, (index) => `t${index}`) })]),
    batch(
      'accounts',
      '50 rows of 100 domains',
      times(50, (row) => ({
        external_id: `costly-${row}`,
        domain: times(100, (index) => `a${index}.r${row}.example.com`),
      })),
    ),
    batch(
      'accounts',
      '1,000 rows of 240 values',
      times(1000, (row) => ({ external_id: `costly-${row}`, technologies: times(240, (index) => `${index}t`) })),
    ),
    batch(
      'accounts',
      '1,000 rows with an unknown key of 100 characters',
      times(1000, (row) => account({ ['external_idx'.repeat(9).slice(0, 100) + row]: 1 })),
    ),
    batch(
      'accounts',
      '1,000 rows of 250 attributes',
      times(1000, (row) => ({
        external_id: `costly-${row}`,
        attributes: Object.fromEntries(times(250, (index) => [`a${index}`, 1])),
      })),
    ),
    batch('accounts', 'attributes with 240,000 values', [
      account({ attributes: { list: times(240_000, (index) => `t${index}`) } }),
    ]),
    batch('accounts', 'a name of 4 million characters', [account({ name: 'x'.repeat(4_000_000) })]),
    batch('accounts', '4 million digits', [account({ employees: '1'.repeat(4_000_000) })]),
    text('one object of 300,000 keys', `{"rows":[${members(300_000, () => '1')}]}`),
    text(
      '220,000 numbers of 17 digits',
      `{"rows":[{"attributes":{"n":[${list(220_000, () => '12345678901234567')}]}}]}`,
    ),
    batch(
      'accounts',
      '1,000 rows of 150 texts of 16 digits',
      times(1000, (row) => ({
        external_id: `costly-${row}`,
        attributes: Object.fromEntries(times(150, (index) => [`n${index}`, '1234567890123456'])),
      })),
    ),
    batch(
      'accounts',
      '400 rows of almost numbers',
      times(400, () => account({ employees: `${'1 to '.repeat(1000)}!`, revenue_usd: `${'1,'.repeat(2000)}k` })),
    ),
    batch(
      'opportunities',
      '400 rows of almost lists of ids',
      times(400, () => ({
        external_id: 'a;'.repeat(4900),
        amount: `(${'1 '.repeat(200)}`,
        opened_at: '1/'.repeat(200),
      })),
    ),
    batch(
      'contacts',
      '1,000 odd addresses',
      times(1000, () => ({ external_id: 'costly', email: `${'a@'.repeat(900)}b`, domain: `${'a.'.repeat(900)}-` })),
    ),
    batch(
      'contacts',
      '1,000 long titles',
      times(1000, (row) => ({ external_id: `costly-${row}`, title: 'head of vice '.repeat(300) })),
    ),
    batch(
      'activities',
      '1,000 rows',
      times(1000, (row) => visit({ domain: `r${row}.example.com` }, row)),
    ),
    batch(
      'activities',
      '1,000 odd instants',
      times(1000, (row) => visit({ occurred_at: `${'2026-03-01T'.repeat(200)}Z` }, row)),
    ),
    batch(
      'activities',
      '1,000 odd addresses',
      times(1000, (row) => visit({ ip_address: `${'1:'.repeat(1000)}`, visitor_id: ':'.repeat(400) }, row)),
    ),
    batch(
      'activities',
      '100,000 rows',
      times(100_000, () => 1),
    ),
    post(
      'stream: one line of 8 MiB',
      '/v1/activities/stream',
      `{"source_id":"${'x'.repeat(8 * MIB)}"}`,
      'application/x-ndjson',
    ),
    post('stream: a million empty lines', '/v1/activities/stream', '\n'.repeat(1_000_000), 'application/x-ndjson'),
    post('stream: 50,000 malformed lines', '/v1/activities/stream', '{"a":x}\n'.repeat(50_000), 'application/x-ndjson'),
    post(
      'stream: 3,000 lines with an unknown key',
      '/v1/activities/stream',
      times(3000, () => `{"${'source_idx'.repeat(10)}":1}`).join('\n'),
      'application/x-ndjson',
    ),
  ]
}

function otherBodies(): readonly CostlyRequest[] {
  return [
    post('api keys: 60,000 scopes', '/v1/api-keys', { scopes: times(60_000, (index) => `scope:${index}`) }),
    post('webhooks: 60,000 event types', '/v1/webhook-endpoints', {
      url: 'https://example.com',
      event_types: times(60_000, (index) => `type.${index}`),
    }),
    post('webhooks: a URL of a million characters', '/v1/webhook-endpoints', {
      url: `https://example.com/${'%'.repeat(1_000_000)}`,
    }),
    post('training runs: a long specification', '/v1/training-runs', { specification: 'x'.repeat(1_000_000) }),
    post('a body of 500,000 numbers', '/v1/segments', `[${list(500_000, () => '0')}]`),
    post(
      'a body of 170,000 empty objects in 30 levels',
      '/v1/segments',
      `${'['.repeat(30)}${list(170_000, () => '{}')}${']'.repeat(30)}`,
    ),
    post('a body of 1 MiB of escapes', '/v1/segments', `{"name":"${'\\u0041'.repeat(170_000)}"}`),
    post('a body of 1 MiB of brackets', '/v1/segments', '['.repeat(MIB - 10)),
    {
      ...post(
        'a kept write of 1 MiB',
        '/v1/segments',
        members(90_000, () => '1'),
      ),
      headers: { 'content-type': 'application/json', 'idempotency-key': '"costly"' },
    },
  ]
}

function queries(): readonly CostlyRequest[] {
  const search = (many: number, part: (index: number) => string) => times(many, part).join('&')
  return [
    get('2,000 unknown parameters', `/v1/qualified-accounts?${search(2000, (index) => `p${index}=1`)}`),
    get('one parameter 2,000 times', `/v1/qualified-accounts?${search(2000, () => 'limit=1')}`),
    get('6,000 unknown stages', `/v1/qualified-accounts?stage=${times(6000, () => 'd').join(',')}`),
    get('stages of 12,000 characters', `/v1/qualified-accounts?stage=${'decision'.repeat(1500)}`),
    get('a cursor of 12,000 characters', `/v1/qualified-accounts?cursor=${'a'.repeat(12_000)}.${'b'.repeat(22)}`),
    get('an instant of 12,000 characters', `/v1/qualified-accounts?at=${'2026-'.repeat(2400)}`),
    get('a path of 12,000 characters', `/v1/accounts/by-external-id/${'x'.repeat(12_000)}`),
    get('an external id of 400 characters', `/v1/accounts/by-external-id/${'%C3%A4'.repeat(400)}`),
    { ...get('5,000 tags', '/v1/qualified-accounts'), headers: { 'if-none-match': times(5000, () => 'a').join(',') } },
    get('500 events', '/v1/events?after=0&limit=500'),
    get('the widest page of the list', '/v1/qualified-accounts?limit=500'),
    get('the models', '/v1/models'),
  ]
}

function get(name: string, url: string): CostlyRequest {
  return { name, method: 'GET', url, body: undefined }
}

function post(name: string, url: string, body: unknown, mediaType = 'application/json'): CostlyRequest {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { name, method: 'POST', url, headers: { 'content-type': mediaType }, body: text }
}
