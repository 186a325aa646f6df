// Installs the packages of the lock file unless they are installed. Plain JavaScript for Node 18 or newer: it runs on the
// machine's own Node, before the project's Node 24 exists.
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..')
export const needsNode = 24
export const localNode = path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
const SIGN_EVERY_MS = 4000
const ownNodeIsNewEnough = () => Number(process.versions.node.split('.')[0]) >= needsNode

/** Compares the installed packages with the lock file, so that an incomplete or production-only tree is installed again. */
function isInstalled() {
  const installedPath = path.join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(installedPath) || !(existsSync(localNode) || ownNodeIsNewEnough())) return false
  const wanted = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages
  return Object.entries(wanted).every(([place, item]) => {
    if (!place.startsWith('node_modules/')) return true
    const present = installed[place]
    return present ? present.integrity === item.integrity : item.optional === true || item.peer === true
  })
}

/** Prints every few seconds that npm still runs: npm prints nothing until it ends, and this process waits for it. */
function startSigns() {
  const script = `const start = Date.now(); setInterval(() => {
    if (process.ppid !== ${process.pid}) process.exit()
    console.error('  still installing, ' + Math.round((Date.now() - start) / 1000) + ' seconds so far')
  }, ${SIGN_EVERY_MS})`
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'ignore', 'inherit'] })
}

/** Runs `npm ci` when needed. Its output is shown only when it fails. */
export function setUp() {
  if (isInstalled()) return
  if (!ownNodeIsNewEnough() && !hasPinnedNode()) refuseOwnNode()
  console.error('Installing dependencies (npm ci): about 15 seconds with a fast connection, minutes with a slow one')
  // npm must not run on the node it is about to delete.
  const ownBin = path.join(root, 'node_modules', '.bin')
  const searchPath = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => path.resolve(folder) !== ownBin)
  const signs = startSigns()
  const result = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env: { ...process.env, PATH: searchPath.join(path.delimiter) },
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  signs.kill()
  if (result.status !== 0) {
    console.error(result.stdout ?? '', result.stderr ?? '', result.error ?? '')
    console.error(
      'npm ci failed. The project cannot run without its dependencies: repair what npm reports above, then run this again.',
    )
    process.exit(1)
  }
  console.error('Dependencies are installed')
}

/** Whether the lock file has a Node for this platform; macOS has none. */
function hasPinnedNode() {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  const platform = process.platform === 'win32' ? 'win' : process.platform
  return packages[`node_modules/node-${platform}-${process.arch}`] !== undefined
}

function refuseOwnNode() {
  console.error(
    `Node ${needsNode} or newer is needed, this is ${process.versions.node}. No Node is pinned for ${process.platform} ` +
      `on ${process.arch}: install Node ${needsNode} (.nvmrc names it), then run this again.`,
  )
  process.exit(1)
}

/** The path of a Node that can run the project: the pinned one, or the machine's own where there is no binary to pin. */
export function projectNode() {
  if (existsSync(localNode)) return localNode
  if (ownNodeIsNewEnough()) return process.execPath
  return refuseOwnNode()
}
