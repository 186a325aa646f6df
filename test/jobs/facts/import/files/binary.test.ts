import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { binaryProblem } from '../../../../../src/jobs/facts/import/reading/binary.ts'

it.each([
  ['a workbook', 'PK\u0003\u0004\u0014\u0000\u0006', 'it is an Excel workbook or a zip archive'],
  ['a PDF', '%PDF-1.7\n%', 'it is a PDF'],
  ['an image', '\u0089PNG\r\n\u001A\n', 'it is an image'],
  ['random bytes', randomBytes(4096).toString('latin1'), 'export the table as CSV UTF-8'],
])('%s is no text', (_what, start, expected) => {
  expect(binaryProblem(start)).toContain(expected)
})

it.each([
  ['a table', 'id,name\r\n1,M\u00FCller\u00A0\u20AC\r\n'],
  ['one that ends as DOS files did', 'id\n1\n\u001A'],
  ['UTF-16 without its mark', 'i\0d\0\n\0' + '1\0'.repeat(100)],
  ['one with a broken byte', `id,name\n${'1,Acme\n'.repeat(20)}2,\uFFFD\u0001\n`],
])('%s is text', (_what, start) => {
  expect(binaryProblem(start)).toBeUndefined()
})
