import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { z } from 'zod'

const run = promisify(execFile)
const PYTHONS = ['python3', '/usr/bin/python3']

interface Peer {
  readonly kind: 'found'
  readonly python: string
  readonly script: string
  readonly version: string
}

/** The script's interface: `script DIR C`, with X.f64, y.f64 and shape.json in DIR; prints {"fits": [...]}. */
const Answer = z.object({
  fits: z.array(z.object({ solver: z.string(), seconds: z.number().positive(), logLoss: z.number() })),
})

export async function findPeer(
  script: string | undefined,
): Promise<Peer | { readonly kind: 'absent'; readonly reason: string }> {
  if (script === undefined) return { kind: 'absent', reason: 'no peer script was given (--peer)' }
  if (!existsSync(script)) return { kind: 'absent', reason: `there is no peer script ${script}` }
  for (const python of PYTHONS) {
    const found = await run(python, ['-c', 'import sklearn; print(sklearn.__version__)']).catch(() => undefined)
    if (found) return { kind: 'found', python, script, version: found.stdout.trim() }
  }
  return { kind: 'absent', reason: 'python3-sklearn is not installed' }
}

export async function fitWithPeer({ python, script }: Peer, folder: string, inversePenalty: number) {
  const { stdout } = await run(python, [script, folder, String(inversePenalty)], { maxBuffer: 64 * 1024 * 1024 })
  return Answer.parse(JSON.parse(stdout)).fits
}
