// Numbers, spans of time and steps as people read them, in the page's language.

import { language, t } from "./words.js";

/** @type {Map<string, Intl.NumberFormat>} */
const formats = new Map();

/**
 * Write a number in the page's language. Formats are kept: making one takes longer than using it.
 * @param {number} value
 * @param {"maximumSignificantDigits" | "maximumFractionDigits" | "minimumFractionDigits"} what
 * @param {number} digits
 */
function local(value, what, digits) {
  const name = `${language()} ${what} ${digits}`;
  let format = formats.get(name);
  if (format === undefined) {
    const more = what === "minimumFractionDigits" ? { maximumFractionDigits: digits } : {};
    format = new Intl.NumberFormat(language() === "de" ? "de-DE" : "en-GB", { [what]: digits, ...more });
    formats.set(name, format);
  }
  return format.format(value);
}

/**
 * Write a number.
 * @param {number | null | undefined} value missing is a dash
 * @param {number} digits that count
 */
export function number(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e9)) return value.toExponential(Math.min(3, digits - 1));
  return local(value, "maximumSignificantDigits", Number.isInteger(value) ? 15 : digits);
}

/**
 * Write a value in its unit; a fraction is a percentage.
 * @param {number | null | undefined} value
 * @param {string | null | undefined} unit
 * @param {number} digits that count
 */
export function measured(value, unit, digits = 5) {
  if (value === null || value === undefined || !Number.isFinite(value)) return number(value);
  if (unit === "fraction") return `${local(value * 100, "minimumFractionDigits", 2)} %`;
  return number(value, digits) + (unit && unit !== "count" ? ` ${unit}` : "");
}

/**
 * Write a difference of two values: fractions differ by percentage points.
 * @param {number | null | undefined} value
 * @param {string | null | undefined} unit
 */
export function difference(value, unit) {
  if (value === null || value === undefined || !Number.isFinite(value)) return number(value);
  const sign = value > 0 ? "+" : "";
  if (unit !== "fraction") return sign + measured(value, unit, 4);
  return `${sign}${local(value * 100, "minimumFractionDigits", 2)} pp`;
}

/** @param {number | null | undefined} value of a p-value, never written as 0 */
export function chance(value) {
  if (value === null || value === undefined) return "–";
  if (value < 0.0001) return `< ${number(0.0001)}`;
  return local(value, "maximumFractionDigits", value < 0.01 ? 4 : 3);
}

/** @param {number | null | undefined} fraction */
export function percent(fraction) {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return "–";
  return `${local(fraction * 100, "maximumFractionDigits", 1)} %`;
}

const SPANS = /** @type {const} */ ([["d", 86400], ["h", 3600], ["min", 60], ["s", 1]]);

/**
 * Write a span of time by its two largest units.
 * @param {number | null | undefined} seconds
 */
export function span(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds > 0 && seconds < 1) return `${number(seconds, 2)} s`;
  let rest = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [name, size] of SPANS) {
    const whole = Math.floor(rest / size);
    rest -= whole * size;
    if (whole || (parts.length && parts.length < 2)) parts.push(`${whole} ${name}`);
    if (parts.length === 2) break;
  }
  return parts.filter((part) => !part.startsWith("0 ")).join(" ") || "0 s";
}

/** @param {number | null} seconds */
export function age(seconds) {
  return seconds === null ? t("never") : t("ago", { span: span(seconds) });
}

/**
 * Write any value of a configuration or state on one line.
 * @param {unknown} value
 */
export function plainly(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number") return number(value);
  return typeof value === "string" ? value : JSON.stringify(value);
}
