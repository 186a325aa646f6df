import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it } from 'vitest'

/** In a process of its own: what is left running there keeps it alive. */
const SCRIPT = `
  import { measureThread } from './scripts/fuzz/main-thread.ts'
  const { time } = await measureThread(async () => {
    await new Promise(setImmediate)
    const end = process.cpuUsage().user + 60_000
    while (process.cpuUsage().user < end);
  })
  console.log(time.longestMs >= 50 && time.totalMs >= time.longestMs)
`

it('a measurement of the main thread leaves nothing running, so that the process ends', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const output: string[] = []
  child.stdout.on('data', (chunk) => output.push(String(chunk)))
  const [code] = await once(child, 'close')
  expect({ code, output: output.join('') }).toEqual({ code: 0, output: 'true\n' })
})
