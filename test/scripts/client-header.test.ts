import { describe, expect, it } from 'vitest'
import { clientHeader } from '../../scripts/text/client-header.ts'

const INPUT = { document: '{"openapi":"3.1.0"}', generator: ['{"orval":"8.38.0"}', 'client: fetch'] }

describe('the first line of the generated client', () => {
  it('holds the SHA-256 of the OpenAPI document', () => {
    // printf '{"openapi":"3.1.0"}' | sha256sum
    expect(clientHeader(INPUT)).toContain('1f7b61c52c664d551376cf25d7c387f8c0832ba9fe00995f7d12dd1909ea0de5')
  })

  it('is the same for the same document and generator', () => {
    expect(clientHeader({ ...INPUT })).toBe(clientHeader(INPUT))
  })

  it.each([
    ['the document', { document: '{"openapi":"3.1.1"}' }],
    ['the version of the generator', { generator: ['{"orval":"8.39.0"}', 'client: fetch'] }],
    ['the configuration of the generator', { generator: ['{"orval":"8.38.0"}', 'client: axios'] }],
    ['the file in which a text of the generator stands', { generator: ['{"orval":"8.38.0"}client: fetch'] }],
  ])('changes with %s', (_, change) => {
    expect(clientHeader({ ...INPUT, ...change })).not.toBe(clientHeader(INPUT))
  })
})
