// Run as a process of its own in place of src/training-process.ts: behaves as the folder of its order says.
const { specification } = JSON.parse(process.argv[2] ?? '{}') as { specification: string }
const findings = { ready: true, readiness: [], leakage: [] }
const say = (message: object) => process.send?.(message)

process.on('disconnect', () => process.exit(1))
say({ kind: 'progress', step: 'win', done: 3, total: 10 })
if (specification === 'trains') say({ kind: 'trained', version: 'm-1', findings })
if (specification === 'refuses') {
  say({ kind: 'refused', model: 'win', reason: 'too_few', message: 'needs more', findings })
}
if (specification === 'complains') say({ kind: 'failed', message: 'features.json: no' })
if (specification === 'crashes') process.exitCode = 3
if (specification === 'dies') process.kill(process.pid, 'SIGKILL')
if (specification === 'hangs') setInterval(() => undefined, 1000)
else {
  process.removeAllListeners('disconnect')
  process.disconnect()
}
