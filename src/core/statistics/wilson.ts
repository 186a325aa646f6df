import { NORMAL_95 } from './normal-quantiles.ts'

/** Wilson's 95% interval of a share of `trials` independent trials (1927); not wider than [0, 1]. */
export function wilsonInterval(share: number, trials: number): { readonly low: number; readonly high: number } {
  const z2 = NORMAL_95 ** 2
  const shrink = 1 + z2 / trials
  const centre = (share + z2 / (2 * trials)) / shrink
  const half = (NORMAL_95 * Math.sqrt((share * (1 - share)) / trials + z2 / (4 * trials ** 2))) / shrink
  return {
    low: share === 0 ? 0 : Math.max(0, centre - half),
    high: share === 1 ? 1 : Math.min(1, centre + half),
  }
}
