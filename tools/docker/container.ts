// Runs a command as a container of our image would: its environment, its working directory, a user without rights.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ImageConfig } from './dockerfile.ts'

const START_TIMEOUT_MS = 30_000
const STOP_TIMEOUT_MS = 30_000
/** The user `node` of the image. */
const NODE_UID = 1000

export interface Image {
  /** The folder that is `/`. */
  readonly root: string
  readonly config: ImageConfig
  readonly nodeFolder: string
}

export interface Container {
  readonly output: () => string
  readonly isRunning: () => boolean
  /** @returns the exit code; null when it had to be killed */
  readonly stop: () => Promise<number | null>
  readonly ended: Promise<number | null>
}

export function startContainer(
  image: Image,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
): Container {
  const { config } = image
  const [program = '', ...args] = command
  let output = ''
  const child: ChildProcess = spawn(path.join(image.nodeFolder, program), args, {
    cwd: path.join(image.root, config.workdir),
    env: { PATH: image.nodeFolder, ...config.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(process.getuid?.() === 0 ? { uid: NODE_UID, gid: NODE_UID } : {}),
  })
  child.stdout?.on('data', (data) => (output += String(data)))
  child.stderr?.on('data', (data) => (output += String(data)))
  const ended = once(child, 'close').then(([code]) => code as number | null)
  ended.catch(() => undefined)
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const stop = async () => {
    if (isRunning()) child.kill(config.stopSignal)
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
    return await ended.finally(() => clearTimeout(timer))
  }
  return { output: () => output, isRunning, stop, ended }
}

/** @throws Error with the container's output when it ends, or time runs out, before `ready` says yes */
export async function waitUntil(what: string, container: Container, ready: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS
  while (!(await ready())) {
    if (!container.isRunning()) throw new Error(`${what} ended too early:\n${container.output()}`)
    if (performance.now() > giveUpAt)
      throw new Error(`${what} is not ready after ${START_TIMEOUT_MS} ms:\n${container.output()}`)
    await sleep(200)
  }
}
