export interface ChampionChange {
  readonly version: string
  readonly kind: 'promote' | 'rollback'
}

/**
 * The champions that rollbacks return through, the current one last. A promotion pushes its version, a rollback pops:
 * after A, B, C and a rollback the stack is A, B, and the next rollback returns to A, not to C.
 */
export function championStack(changes: readonly ChampionChange[]): readonly string[] {
  const stack: string[] = []
  for (const { version, kind } of changes) {
    if (kind === 'promote') stack.push(version)
    else stack.pop()
  }
  return stack
}

/** The version that a rollback makes champion again; undefined when the champion is the first. */
export function championBefore(changes: readonly ChampionChange[]): string | undefined {
  return championStack(changes).at(-2)
}

export type VersionStatus = 'champion' | 'challenger' | 'retired'

/**
 * A challenger was never the champion and was trained on as much history as the champion or more. Every other version is
 * retired.
 */
export function statusOf(
  version: { readonly isChampion: boolean; readonly wasChampion: boolean; readonly asOf: string },
  championAsOf: string | undefined,
): VersionStatus {
  if (version.isChampion) return 'champion'
  if (version.wasChampion) return 'retired'
  return championAsOf !== undefined && version.asOf < championAsOf ? 'retired' : 'challenger'
}
