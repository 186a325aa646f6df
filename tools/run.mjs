// `node tools/run.mjs scripts/some-script.ts --flag`: installs if needed, then runs the script on Node 24.
// Every npm script that may be the first one in a fresh checkout goes through here, and so does the `winrate` command.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { projectNode, root, setUp } from './setup.mjs'

setUp()
// Node keeps what it compiled and stripped of types: a command starts in half the time. Where the folder cannot be written,
// it goes without.
const compileCache = process.env.NODE_COMPILE_CACHE ?? path.join(root, 'node_modules', '.cache', 'node-compile')
const child = spawn(projectNode(), process.argv.slice(2), {
  cwd: root,
  env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
// A terminal's Ctrl-C reaches the child by itself; a signal sent only to this process is passed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(`could not start ${process.argv[2]}: ${error.message}`)
  process.exit(1)
})
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code ?? 1)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
