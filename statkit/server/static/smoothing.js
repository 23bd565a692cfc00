// Smoothing as TensorBoard's scalar cards do it, debiased; the same formula as statkit.analysis.smoothing.

/**
 * Smooth one stretch.
 *
 * last = weight·last + (1 − weight)·value, divided by 1 − weight^k after k finite values. A constant series and
 * gaps come back as they are.
 * @param {(number | null)[]} values
 * @param {number} weight from 0, nothing, to below 1
 * @returns {(number | null)[]}
 */
export function smoothed(values, weight) {
  if (weight <= 0 || values.every((value) => value === values[0])) return values.slice();
  let last = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    count += 1;
    return last / (weight === 1 ? 1 : 1 - weight ** count);
  });
}
