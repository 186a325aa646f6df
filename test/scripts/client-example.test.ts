import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it } from 'vitest'
import { digestOf, DIGEST_LINE } from '../../scripts/client/digest.ts'
import { startTestService } from '../http/support.ts'

const GENERATED = path.join(import.meta.dirname, '../../examples/client/generated/winrate.ts')

it('the generated client was made from the document as it is: else `npx winrate client`', async () => {
  const service = await startTestService()
  const text = await readFile(GENERATED, 'utf8')
  expect(DIGEST_LINE.exec(text)?.[1]).toBe(digestOf(service.app.swagger()))
  await service.close()
})
