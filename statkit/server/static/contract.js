// What the server answers, as types. Nothing here runs.

/** @typedef {{name: string, rows: number, first_step: number | null, last_step: number | null}} Series */
/** @typedef {{step: number, value: number}} Best */

/**
 * One run in the list.
 * @typedef {object} Summary
 * @property {string} id opaque
 * @property {string} name
 * @property {string} path
 * @property {string | null} group runs of one group differ in their seed; null or empty for none
 * @property {string | null} [status_reason]
 * @property {string} status training, validating, paused, finished, stalled, unknown
 * @property {string} format
 * @property {Series[]} series
 * @property {number | null} last_update seconds since 1970
 * @property {number | null} age_s seconds, when the answer was made
 * @property {number | null} step
 * @property {string | null} metric
 * @property {number | null} value of that metric at that step
 * @property {string | null} [unit] of that metric
 * @property {Best | number | null} best of that metric
 */

/**
 * @typedef {object} Metric
 * @property {string} metric the field's name
 * @property {string | null} title
 * @property {string | null} [title_de]
 * @property {string | null} unit
 * @property {"max" | "min" | null} direction
 * @property {string} series
 * @property {[number, number] | null} [good]
 */

/**
 * @typedef {object} Loss
 * @property {string} metric
 * @property {string | null} title
 * @property {string | null} [title_de]
 * @property {string | null} [phase] train or val, where the series has phases
 * @property {number | null} value
 * @property {number | null} weight
 * @property {[number, number] | null} [good]
 */

/**
 * @typedef {object} Progress
 * @property {number | null} step
 * @property {number | null} total_steps
 * @property {number | null} fraction
 * @property {number | null} epoch
 * @property {number | null} total_epochs
 * @property {number | null} epoch_fraction
 * @property {number | null} eta_s
 * @property {number | null} [epoch_eta_s]
 */

/**
 * @typedef {object} Attention
 * @property {string} metric
 * @property {string | null} title
 * @property {string | null} [title_de]
 * @property {string | null} [phase]
 * @property {number | null} value
 * @property {number} low
 * @property {number} high
 * @property {string} word on which side of the band the value lies
 */

/**
 * @typedef {object} Quality
 * @property {number | null} lr
 * @property {number | null} ki
 * @property {number | null} improvement
 * @property {Best | null} best
 * @property {string | null} unit
 */

/**
 * @typedef {object} Finding
 * @property {string} rule
 * @property {"info" | "warning" | "error"} severity
 * @property {string | null} metric
 * @property {[number, number] | null} steps
 * @property {string} evidence
 * @property {string | null} advice
 */

/** @typedef {{layer: string, trunk: string | null, value: number | null}} Layer */

/**
 * One run in full.
 * @typedef {object} Detail
 * @property {string} id
 * @property {string} name
 * @property {string} status
 * @property {string | null} status_reason
 * @property {number | null} cadence_s seconds between updates, as this run has them
 * @property {number | null} age_s
 * @property {number | null} last_update
 * @property {Progress | null} progress
 * @property {Loss[]} losses
 * @property {number | null} learning_rate
 * @property {string | null} phase of the learning rate
 * @property {Record<string, unknown> | null} adaptive
 * @property {Record<string, number | null> | null} [resources]
 * @property {Attention[]} [attention]
 * @property {Quality | null} quality
 * @property {Layer[]} layers
 * @property {{layer: string | null, value: number} | null} peak_activity
 * @property {Finding[]} findings
 * @property {Metric[]} metrics
 * @property {Record<string, unknown> | null} config
 * @property {unknown} checkpoint
 * @property {boolean} images
 * @property {string[]} series_default
 * @property {(string | {message: string})[]} warnings
 */

/**
 * Rows of one series from row `since` on.
 * @typedef {object} Rows
 * @property {string} series
 * @property {number} rows all there are
 * @property {number} since
 * @property {string} lineage changes when earlier rows change
 * @property {number[]} step
 * @property {(number | null)[] | null} epoch epochs done
 * @property {(number | null)[] | null} time seconds since 1970
 * @property {(string | null)[] | null} phase
 * @property {(number | null)[] | null} [segment] stretch between rewinds
 * @property {Record<string, (number | null)[]>} values
 * @property {Record<string, Best | null>} [best]
 */

/** @typedef {{layers: {layer: string, trunk: string | null}[], steps: number[], values: (number | null)[][], bins?: unknown}} Activity */

/** @typedef {{step: number[], mean: (number | null)[], low: (number | null)[], high: (number | null)[], n: number[]}} Band */

/**
 * @typedef {object} Group
 * @property {string} group
 * @property {string[]} runs
 * @property {number} n
 * @property {(number | null)[]} values
 * @property {number | null} mean
 * @property {number | null} iqm
 * @property {[number, number] | null} ci
 */

/**
 * @typedef {object} Pair
 * @property {string} candidate
 * @property {string} baseline
 * @property {number | null} difference
 * @property {[number, number] | null} ci
 * @property {number | null} probability_of_improvement
 * @property {number | null} hedges_g
 * @property {number | null} p_value
 * @property {number | null} p_value_attainable
 * @property {number | null} p_value_adjusted
 * @property {string} verdict better, worse, equivalent, inconclusive
 * @property {string} reason
 */

/**
 * @typedef {object} Comparison
 * @property {string} metric
 * @property {"max" | "min"} direction
 * @property {string} at
 * @property {string} baseline
 * @property {Group[]} groups
 * @property {Pair[]} comparisons
 * @property {{note: string, runs_needed: {difference: number, runs_per_side: number | null}[]} | null} [noise_floor]
 * @property {Record<string, Band | null>} bands by side
 * @property {{code: string, message: string}[]} [warnings]
 */

/** @typedef {{id: string, step: number | null, phase: string | null, number: number | null, name: string}} Picture */

/** @typedef {{revision: number, runs: string[], status?: Record<string, string>}} Change */

export {};
