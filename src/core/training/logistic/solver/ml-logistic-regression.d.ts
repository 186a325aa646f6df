// The package ships no types; these are the parts that reference.ts uses.
declare module 'ml-logistic-regression' {
  import type { Matrix } from 'ml-matrix'

  interface TwoClasses {
    /** For classifier 0 of two: the probability of label 1, one per row. */
    testScores(features: Matrix): number[]
    readonly weights: Matrix
  }

  interface Options {
    numSteps?: number
    learningRate?: number
  }

  export default class LogisticRegression {
    constructor(options?: Options)
    readonly classifiers: readonly TwoClasses[]
    train(features: Matrix, labels: Matrix): void
    predict(features: Matrix): number[]
    static load(json: object): LogisticRegression
  }
}
