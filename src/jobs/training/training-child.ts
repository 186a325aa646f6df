import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { TrainingProgress, TrainingResult } from '../../store/training/training-runs.ts'
import { TrainingMessage, type TrainingOrder } from './training-protocol.ts'

/** A training that runs in a process of its own, so that the worker keeps responding. */
export interface RunningTraining {
  /** The newest progress that the process reported. */
  progress(): TrainingProgress | null
  /** Never throws: a process that dies has failed. */
  readonly ended: Promise<Exclude<TrainingResult, { readonly kind: 'cancelled' }>>
  /** Ends the process at once; the database rolls back what it has not committed. */
  kill(): void
}

/**
 * @param file the module to run; it sends `TrainingMessage`
 * @param environment must name the database
 */
export function startTraining(file: string, order: TrainingOrder, environment: NodeJS.ProcessEnv): RunningTraining {
  const child = fork(file, [JSON.stringify(order)], {
    env: environment,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  let progress: TrainingProgress | null = null
  let result: Exclude<TrainingMessage, { readonly kind: 'progress' }> | undefined
  child.on('message', (message) => {
    const { data } = TrainingMessage.safeParse(message)
    if (data?.kind === 'progress') progress = { step: data.step, done: data.done, total: data.total }
    else result = data
  })
  const ended = once(child, 'exit').then(
    ([code, signal]: (number | string | null)[]) => resultOf(result, code ?? null, signal ?? null),
    () => resultOf(undefined, null, null),
  )
  return { progress: () => progress, ended, kill: () => void child.kill('SIGKILL') }
}

/** A training that could not be started. */
export function failedTraining(failure: string): RunningTraining {
  return { progress: () => null, ended: Promise.resolve({ kind: 'failed', failure }), kill: () => undefined }
}

function resultOf(
  result: Exclude<TrainingMessage, { readonly kind: 'progress' }> | undefined,
  code: number | string | null,
  signal: number | string | null,
): Awaited<RunningTraining['ended']> {
  switch (result?.kind) {
    case 'trained':
      return { kind: 'succeeded', version: result.version, findings: result.findings }
    case 'refused':
      return {
        kind: 'refused',
        refusal: { model: result.model, reason: result.reason, message: result.message },
        findings: result.findings,
      }
    case 'failed':
      return { kind: 'failed', failure: result.message }
    case undefined:
      return { kind: 'failed', failure: howItEnded(code, signal) }
  }
}

function howItEnded(code: number | string | null, signal: number | string | null): string {
  if (signal !== null) return `the training process was ended by ${signal}; running out of memory is the usual cause`
  if (code === null) return 'the training process could not be started'
  return `the training process ended with code ${code}; its worker's log says why`
}
