import { describe, expect, it } from 'vitest'
import { canonicalJson, sha256Of } from '../../../src/core/base/json-hash.ts'

describe('canonical JSON', () => {
  it('does not depend on the order in which keys were written, at any depth', () => {
    expect(canonicalJson({ b: 1, a: { d: [{ y: 1, x: 2 }], c: null } })).toBe(
      '{"a":{"c":null,"d":[{"x":2,"y":1}]},"b":1}',
    )
  })

  it('keeps the order of lists', () => {
    expect(canonicalJson([2, 1])).toBe('[2,1]')
  })
})

describe('SHA-256', () => {
  it('is that of the parts, one per line', () => {
    // printf 'a\nb\n' | sha256sum
    expect(sha256Of(['a', 'b'])).toBe('911169ddaaf146aff539f58c26c489af3b892dff0fe283c1c264c65ae5aa59a2')
    expect(sha256Of(['ab'])).not.toBe(sha256Of(['a', 'b']))
  })
})
