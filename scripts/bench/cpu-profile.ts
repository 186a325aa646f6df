import { Session, type Profiler } from 'node:inspector/promises'

/** Where the main thread was, by sampling: seconds by library, and by file for our own code. The most first. */
export async function profileCpu(
  work: () => Promise<void>,
): Promise<readonly { readonly name: string; readonly seconds: number }[]> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: 1000 })
    await session.post('Profiler.start')
    await work()
    const { profile } = await session.post('Profiler.stop')
    return summarise(profile)
  } finally {
    session.disconnect()
  }
}

const LEAST_SHARE = 0.01

function summarise({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile) {
  const names = new Map(nodes.map((node) => [node.id, placeOf(node.callFrame)]))
  const micros = new Map<string, number>()
  samples.forEach((id, index) => {
    const name = names.get(id) ?? 'unknown'
    micros.set(name, (micros.get(name) ?? 0) + (timeDeltas[index] ?? 0))
  })
  const total = [...micros.values()].reduce((sum, value) => sum + value, 0)
  return [...micros]
    .filter(([, value]) => value > LEAST_SHARE * total)
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, value]) => ({ name, seconds: value / 1e6 }))
}

function placeOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)
  if (library) return library[1] ?? url
  const own = /\/(src\/.+|scripts\/.+)$/.exec(url)
  if (own) return own[1] ?? url
  if (url.startsWith('node:')) return 'node'
  return functionName.startsWith('(') ? functionName : 'node'
}
