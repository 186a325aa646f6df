// A Dockerfile as plain data: only the instructions that ours uses, so that a new one is noticed rather than skipped.
import { DockerfileParser, type Flag, ModifiableInstruction } from 'dockerfile-ast'

export type BuildStep =
  | { readonly kind: 'workdir'; readonly path: string }
  | {
      readonly kind: 'copy'
      readonly from: string | undefined
      readonly sources: readonly string[]
      readonly to: string
    }
  | { readonly kind: 'run'; readonly command: readonly string[] }

export interface Stage {
  readonly name: string
  readonly image: string
  readonly steps: readonly BuildStep[]
}

/** How containers of the last stage are run. */
export interface ImageConfig {
  readonly environment: Readonly<Record<string, string>>
  readonly user: string
  readonly workdir: string
  /** The program, to which a container's command is added. */
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly healthcheck: readonly string[]
  readonly stopSignal: NodeJS.Signals
}

/** @throws Error naming an instruction that is not understood, or one that is missing */
export function readDockerfile(text: string): { readonly stages: readonly Stage[]; readonly config: ImageConfig } {
  const stages: { name: string; image: string; steps: BuildStep[] }[] = []
  let config: Partial<ImageConfig> = {}
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword()
    const content = instruction.getArgumentsContent() ?? ''
    if (keyword === 'FROM') {
      const [image = '', , name = String(stages.length)] = content.split(/\s+/)
      stages.push({ name, image, steps: [] })
      config = {}
      continue
    }
    const step = readStep(keyword, content, instruction instanceof ModifiableInstruction ? instruction.getFlags() : [])
    if (step) stages.at(-1)?.steps.push(step)
    config = { ...config, ...readConfig(keyword, content) }
  }
  for (const name of [
    'environment',
    'user',
    'workdir',
    'entrypoint',
    'command',
    'healthcheck',
    'stopSignal',
  ] as const) {
    if (config[name] === undefined) throw new Error(`the last stage of the Dockerfile says nothing about its ${name}`)
  }
  return { stages, config: config as ImageConfig }
}

function readStep(keyword: string, content: string, flags: readonly Flag[]): BuildStep | undefined {
  switch (keyword) {
    case 'WORKDIR':
      return { kind: 'workdir', path: content }
    case 'RUN':
      return { kind: 'run', command: execForm(keyword, content) }
    case 'COPY': {
      const [name, ...unknown] = flags.map((flag) => flag.getName())
      if (unknown.length > 0 || (name ?? 'from') !== 'from') throw new Error(`COPY --${name} is not understood`)
      const paths = content.split(/\s+/)
      return {
        kind: 'copy',
        from: flags[0]?.getValue() ?? undefined,
        sources: paths.slice(0, -1),
        to: paths.at(-1) ?? '',
      }
    }
    case 'ENV':
    case 'USER':
    case 'ENTRYPOINT':
    case 'CMD':
    case 'EXPOSE':
    case 'STOPSIGNAL':
    case 'HEALTHCHECK':
      return undefined
    default:
      throw new Error(`${keyword} is not understood by the check of the Dockerfile's steps: teach it`)
  }
}

function readConfig(keyword: string, content: string): Partial<ImageConfig> {
  switch (keyword) {
    case 'ENV':
      return {
        environment: Object.fromEntries([...content.matchAll(/(\w+)=(\S*)/g)].map(([, name, value]) => [name, value])),
      }
    case 'USER':
      return { user: content }
    case 'WORKDIR':
      return { workdir: content }
    case 'ENTRYPOINT':
      return { entrypoint: execForm(keyword, content) }
    case 'CMD':
      return { command: execForm(keyword, content) }
    case 'STOPSIGNAL':
      return { stopSignal: content as NodeJS.Signals }
    case 'HEALTHCHECK':
      return { healthcheck: execForm(keyword, content.replace(/^CMD\s/, '')) }
    default:
      return {}
  }
}

/** A shell between Docker and the program would keep signals to itself. */
function execForm(keyword: string, content: string): readonly string[] {
  const words: unknown = content.trim().startsWith('[') ? JSON.parse(content) : undefined
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words
  throw new Error(`${keyword} must be in exec form, ["program", "argument"], got ${content}`)
}
