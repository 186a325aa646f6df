// Carries out what `docker build` does with our Dockerfile, in folders and without Docker.
import { spawnSync } from 'node:child_process'
import { copyFile, cp, mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { BuildStep, Stage } from './dockerfile.ts'

/** Copies what .dockerignore lets through. Ours names what is allowed: `*`, then lines of `!path`. */
export async function copyContext(root: string, to: string): Promise<void> {
  const text = await readFile(path.join(root, '.dockerignore'), 'utf8')
  const [first, ...allowed] = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'))
  if (first !== '*' || !allowed.every((line) => /^![\w.-]+$/.test(line)))
    throw new Error('.dockerignore must be `*` and then lines of `!name`')
  for (const line of allowed)
    await cp(path.join(root, line.slice(1)), path.join(to, line.slice(1)), { recursive: true })
}

/** @returns the folder that is `/` of the last stage */
export async function buildStages(stages: readonly Stage[], folder: string, nodeFolder: string): Promise<string> {
  const roots = new Map<string, string>()
  for (const stage of stages) {
    if (!/^node:24\b.*slim/.test(stage.image))
      throw new Error(`stage ${stage.name} must be node:24 slim, got ${stage.image}`)
    const root = path.join(folder, 'stages', stage.name)
    await mkdir(root, { recursive: true })
    roots.set(stage.name, root)
    let workdir = '/'
    for (const step of stage.steps) {
      if (step.kind === 'workdir') workdir = path.posix.resolve(workdir, step.path)
      await mkdir(path.join(root, workdir), { recursive: true })
      if (step.kind === 'copy') await copyStep(step, roots, folder, path.join(root, workdir))
      if (step.kind === 'run') runStep(step.command, path.join(root, workdir), nodeFolder)
    }
  }
  const last = roots.get(stages.at(-1)?.name ?? '')
  if (last === undefined) throw new Error('the Dockerfile has no stage')
  return last
}

async function copyStep(
  step: Extract<BuildStep, { kind: 'copy' }>,
  roots: ReadonlyMap<string, string>,
  folder: string,
  workdir: string,
): Promise<void> {
  const sourceRoot = step.from === undefined ? path.join(folder, 'context') : roots.get(step.from)
  if (sourceRoot === undefined) throw new Error(`COPY --from=${step.from} comes before that stage`)
  for (const source of step.sources) {
    const intoFolder = step.to.endsWith('/')
    const target = path.join(workdir, step.to, intoFolder ? path.basename(source) : '')
    await mkdir(path.dirname(target), { recursive: true })
    // As Docker: the content of a folder is copied, and links stay links.
    await cp(path.join(sourceRoot, source), target, { recursive: true, verbatimSymlinks: true })
  }
}

function runStep(command: readonly string[], cwd: string, nodeFolder: string): void {
  const [program = '', ...args] = command
  console.log(`  RUN ${command.join(' ')}`)
  const result = spawnSync(program, args, {
    cwd,
    env: { ...process.env, PATH: searchPath(nodeFolder) },
    encoding: 'utf8',
  })
  if (result.status !== 0) throw new Error(`${command.join(' ')} failed:\n${result.stdout}${result.stderr}`)
}

/** The image's Node first, and nothing of this checkout's node_modules. */
export function searchPath(nodeFolder: string): string {
  const others = (process.env.PATH ?? '').split(path.delimiter).filter((folder) => !folder.includes('node_modules'))
  return [nodeFolder, ...others].join(path.delimiter)
}

/** A folder with nothing but this Node in it, where any user may run it. */
export async function copyNode(folder: string): Promise<string> {
  const target = path.join(folder, 'bin')
  await mkdir(target)
  await copyFile(process.execPath, path.join(target, 'node'))
  return target
}
