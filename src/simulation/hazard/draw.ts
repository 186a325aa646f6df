/** Seeded draws of this process alone: neither the simulator's nor the product's, so that a fault in those cannot hide here. */
export interface Draw {
  /** Uniform in [0, 1). */
  readonly uniform: () => number
  readonly normal: () => number
  readonly poisson: (mean: number) => number
  /** A position in `weights`, each as likely as its share of the sum. */
  readonly choice: (weights: readonly number[]) => number
}

/** A 32-bit Weyl sequence through the finaliser of MurmurHash3; the stream depends on every character of the seed. */
export function drawFrom(seed: string): Draw {
  let state = 2_166_136_261
  for (const character of seed) state = finalised(state + (character.codePointAt(0) ?? 0) + 0x9e3779b9)
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0
    return (finalised(state) >>> 0) / 4_294_967_296
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  // By waiting times: the number of exponential waits that fit into a stretch as long as the mean.
  const poisson = (mean: number) => {
    let count = -1
    for (let elapsed = 0; elapsed <= mean; elapsed -= Math.log(1 - uniform())) count += 1
    return count
  }
  const choice = (weights: readonly number[]) => {
    let left = uniform() * weights.reduce((sum, weight) => sum + weight, 0)
    const position = weights.findIndex((weight) => (left -= weight) < 0)
    return position === -1 ? weights.length - 1 : position
  }
  return { uniform, normal, poisson, choice }
}

function finalised(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}
