import { expect, it } from 'vitest'
import { createLogger } from '../src/logger.ts'

it('keeps keys, authorization headers and email addresses out of the log', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => lines.push(line) })
  log.info(
    { apiKey: 'hidden-1', req: { headers: { authorization: 'hidden-2' } }, contact: { email: 'hidden-3', id: 'C-1' } },
    'contact stored',
  )
  expect(lines).toHaveLength(1)
  expect(lines[0]).not.toContain('hidden')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ msg: 'contact stored', contact: { id: 'C-1' } })
})

it('logs an error without the row or the value that the database quotes', () => {
  const lines: string[] = []
  const log = createLogger('info', { write: (line) => lines.push(line) })
  const broken = {
    code: '23514',
    severity: 'ERROR',
    table: 'contact',
    detail: 'Failing row contains (ada@example.com).',
  }
  log.warn({ err: Object.assign(new Error('violates check constraint'), broken) }, 'not stored')
  const unread = { code: '22P02', severity: 'ERROR', where: 'COPY contact, line 1: "ada@example.com"' }
  log.warn({ err: Object.assign(new Error('invalid input for type integer: "ada@example.com"'), unread) }, 'not stored')
  expect(lines.join()).not.toContain('ada@example.com')
  expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ code: '23514', table: 'contact', type: 'Error' })
  expect(JSON.parse(lines[1] ?? '').err.message).toBe('invalid input for type integer: "[redacted]"')
})
