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
