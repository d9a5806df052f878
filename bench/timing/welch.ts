/** Welch's t of two classes of measurements, kept up as they come (Welford). */
class WelchTest {
  readonly #count = [0, 0] as [number, number]
  readonly #mean = [0, 0] as [number, number]
  readonly #sum = [0, 0] as [number, number]

  add(value: number, label: 0 | 1): void {
    const count = ++this.#count[label]
    const delta = value - this.#mean[label]
    this.#mean[label] += delta / count
    this.#sum[label] += delta * (value - this.#mean[label])
  }

  mean(label: 0 | 1): number {
    return this.#mean[label]
  }

  /** Of the means. */
  get difference(): number {
    return this.#mean[0] - this.#mean[1]
  }

  /** Undefined while there are too few to say anything. */
  get t(): number | undefined {
    const [a, b] = this.#count
    if (a < ENOUGH || b < ENOUGH) return undefined
    const variance = this.#sum[0] / (a - 1) / a + this.#sum[1] / (b - 1) / b
    return variance === 0 ? 0 : (this.#mean[0] - this.#mean[1]) / Math.sqrt(variance)
  }
}

const ENOUGH = 5000
const CROPS = 100
/** Crops by number: below the 90th percentile, and below the median. */
const MOST = 32
const HALF = 9

/**
 * What dudect does (Reparaz, Balasch, Verbauwhede: “Dude, is my code constant time?”, 2017): times have a long tail that hides
 * small differences, so the test is made on all of them, on those below each of many percentiles, and, for differences that
 * are not in the mean, on squared distances from it. The greatest |t| counts.
 */
export class Dudect {
  readonly #thresholds: readonly number[]
  readonly #all = new WelchTest()
  readonly #squared = new WelchTest()
  readonly #cropped: readonly WelchTest[]
  #count = 0

  /** `calibration`: measurements of both classes, which only tell where percentiles are. */
  constructor(calibration: Float64Array) {
    const sorted = calibration.slice().sort()
    this.#thresholds = Array.from({ length: CROPS }, (_, i) => {
      const share = 1 - 0.5 ** ((10 * (i + 1)) / CROPS)
      return sorted[Math.floor(share * (sorted.length - 1))]!
    })
    this.#cropped = this.#thresholds.map(() => new WelchTest())
  }

  add(value: number, label: 0 | 1): void {
    this.#count++
    this.#all.add(value, label)
    for (let i = CROPS - 1; i >= 0 && value < this.#thresholds[i]!; i--) this.#cropped[i]!.add(value, label)
    // Without the tail: one interruption would move a mean for long, and all squares of that class with it.
    if (this.#count > 2 * ENOUGH && value < this.#thresholds[MOST]!) {
      this.#squared.add((value - this.#cropped[MOST]!.mean(label)) ** 2, label)
    }
  }

  get count(): number {
    return this.#count
  }

  /** The greatest |t|, and the difference of the means among the fastest half. */
  get result(): { t: number; difference: number } {
    const values = [this.#all, this.#squared, ...this.#cropped].map(test => Math.abs(test.t ?? 0))
    return { t: Math.max(...values), difference: this.#cropped[HALF]!.difference }
  }
}
