export interface ChampionChange {
  readonly version: string
  readonly kind: 'promote' | 'rollback'
}

/**
 * The champions that a rollback would go back through, the one in use last. A promotion puts its version on top, a
 * rollback takes the top off: after A, B, C and a rollback it is A, B, and the next rollback ends at A, not at C.
 */
export function championStack(changes: readonly ChampionChange[]): readonly string[] {
  const stack: string[] = []
  for (const { version, kind } of changes) {
    if (kind === 'promote') stack.push(version)
    else stack.pop()
  }
  return stack
}

/** What a rollback would put in use again; undefined when there is nothing before the champion. */
export function championBefore(changes: readonly ChampionChange[]): string | undefined {
  return championStack(changes).at(-2)
}

export type VersionStatus = 'champion' | 'challenger' | 'retired'

/**
 * A challenger could still be put in use for the first time: it was never the champion, and it has seen as much of the
 * history as the champion has. Every other version is retired.
 */
export function statusOf(
  version: { readonly isChampion: boolean; readonly wasChampion: boolean; readonly asOf: string },
  championAsOf: string | undefined,
): VersionStatus {
  if (version.isChampion) return 'champion'
  if (version.wasChampion) return 'retired'
  return championAsOf !== undefined && version.asOf < championAsOf ? 'retired' : 'challenger'
}
