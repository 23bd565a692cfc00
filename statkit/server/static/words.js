// The page's own words, in English and in the German of the original page. Metrics have their titles from the server.

import { say } from "./elements.js";
import { remember, remembered } from "./memory.js";

const ENGLISH = {
  page: "Monitoring", runs: "Runs", live: "live", offline: "not connected", theme: "Dark",
  language: "Deutsch", skip: "Skip to the run", menu: "Parts of the page",
  now: "Now", charts: "Charts", layers: "Layers", compare: "Compare", pictures: "Pictures", downloads: "Download", annotate: "Annotate", run: "Run",
  all: "all", none: "none", shown: "on the charts", norun: "No run here yet. It appears as soon as its first file is written.",
  gone: "gone", training: "training", validating: "validating", paused: "paused", finished: "finished", stalled: "stalled", unknown: "unknown",
  ago: "{span} ago", never: "never", updated: "Last update", every: "about every {span}", step: "step", steps: "steps {a} to {b}", epoch: "epoch", time: "time",
  total: "Total progress", epochProgress: "Epoch progress", eta: "ETA {span}", of: "{a} of {b}",
  quality: "Quality", lrQuality: "LR quality", kiQuality: "KI quality", improvement: "Improvement", best: "Best", atStep: "at step {step}",
  losses: "Losses and weights", weight: "weight", learning: "Learning", learningRate: "Learning rate", phase: "Phase", adaptive: "Adaptive state", checkpoint: "Checkpoint of the best step",
  mode: "Mode", cooldown: "Cooldown", cooldown_remaining: "Cooldown remaining", plateau: "Plateau counter", boost_available: "LR boost available", perceptual_trend: "Perceptual trend", clip: "Gradient clip",
  normal: "normal", raised: "raised", resources: "Cost of a step", step_s: "Time per step", memory_gib: "Device memory", adam_momentum: "Adam momentum", attention: "Attention",
  health: "Health", healthy: "No rule finds anything wrong.", notes: "Notes of the rules", info: "note", warning: "warning", error: "error", config: "Configuration", warnings: "What was skipped or doubted",
  activity: "Layer activity", peak: "Peak activity", heat: "Activity over time", backward: "Backward trunk", forward: "Forward trunk", final: "Fusion", other: "Other layers", layer: "layer",
  thinned: "Each column shows the largest of up to {n} snapshots.", low: "low", high: "high",
  across: "Across", smooth: "Smoothing", log: "Log scale", group: "Groups", groupHelp: "one line per group of seeds, with its band", add: "Add a chart", remove: "Remove the chart {name}", table: "Table", tableOf: "{name} as a table", chartOf: "{name} as a chart",
  zoom: "Point at a chart to read it, drag across it to zoom, double-click to see all. With the keyboard: arrows read, + and − zoom, Escape shows all.",
  nocharts: "No run on the charts has a metric to draw. Choose a run in the list, or add a chart.", lacks: "Without this metric: {names}", others: "{n} runs", goodRange: "shaded: good range {a} to {b} (heuristic of the original program)",
  earlier: "Show more of {n} earlier rows", rowsLeft: "{n} earlier rows are not shown; the CSV has all.", sinceStart: "time since the run's first record", epochsDone: "epochs done", bands: "Bands: 95 % interval of the mean, n runs.", bestMark: "○ best step", rewind: "a break is a rewind", smoothMark: "faint: as measured",
  side: "Side", leftOut: "left out", metric: "Metric", at: "Judged at", atBest: "best step", atLast: "last step", atAuc: "area under the curve", baseline: "Baseline", byGroup: "A side per group", byRun: "A side per run",
  needTwo: "Choose runs on at least one side.", comparing: "Comparing…", mean: "mean", interval: "95 % interval", n: "runs", iqm: "IQM", candidate: "candidate", diff: "difference", pBetter: "P(better)", hedges: "Hedges g", p: "p (least)", verdict: "verdict",
  better: "better", worse: "worse", equivalent: "equivalent", inconclusive: "inconclusive", higher: "higher is better", lower: "lower is better",
  noiseFloor: "Noise floor", runsNeeded: "runs a side needed",
  nopictures: "None of the runs on the charts has pictures.", picture: "Picture", slider: "Step of the pictures", noneYet: "none up to this step", shownFrom: "from step {step}", both: "both phases", train: "training", val: "validation",
  downloadJson: "📥 Download Data (JSON)", currentSnapshot: "the current snapshot, byte for byte", series: "All steps", csv: "CSV", parquet: "Parquet", json: "JSON", report: "Report (HTML)", figure: "Figure", png: "PNG", svg: "SVG",
  refused: "The server does not let this page in any more. Open the address that statkit serve printed.", unreachable: "The server does not answer. What is here stays; the page asks again.",
  runGone: "This run's files are gone. What was read is still shown.", yes: "yes", no: "no", value: "value", now_is: "{name}: {status}", tick: "{name} on the charts",
};

/** @type {Record<keyof typeof ENGLISH, string>} */
const GERMAN = {
  page: "Überwachung", runs: "Läufe", live: "live", offline: "keine Verbindung", theme: "Dunkel",
  language: "English", skip: "Zum Lauf springen", menu: "Teile der Seite",
  now: "Jetzt", charts: "Verläufe", layers: "Schichten", compare: "Vergleich", pictures: "Bilder", downloads: "Herunterladen", annotate: "Annotieren", run: "Lauf",
  all: "alle", none: "keine", shown: "in den Verläufen", norun: "Noch kein Lauf hier. Er erscheint, sobald seine erste Datei geschrieben ist.",
  gone: "gelöscht", training: "Training läuft", validating: "Validierung", paused: "pausiert", finished: "beendet", stalled: "steht still", unknown: "unbekannt",
  ago: "vor {span}", never: "nie", updated: "Letzte Aktualisierung", every: "etwa alle {span}", step: "Schritt", steps: "Schritte {a} bis {b}", epoch: "Epoche", time: "Zeit",
  total: "Gesamtfortschritt", epochProgress: "Epochenfortschritt", eta: "Restzeit {span}", of: "{a} von {b}",
  quality: "Qualität", lrQuality: "LR-Qualität", kiQuality: "KI-Qualität", improvement: "Verbesserung", best: "Bester Wert", atStep: "bei Schritt {step}",
  losses: "Verluste und Gewichte", weight: "Gewicht", learning: "Lernen", learningRate: "Lernrate", phase: "Phase", adaptive: "Adaptiver Zustand", checkpoint: "Checkpoint des besten Schritts",
  mode: "Modus", cooldown: "Abkühlphase", cooldown_remaining: "Abkühlung verbleibend", plateau: "Plateau-Zähler", boost_available: "LR-Boost verfügbar", perceptual_trend: "Perzeptueller Trend", clip: "Gradienten-Clip",
  normal: "normal", raised: "erhöht", resources: "Kosten eines Schritts", step_s: "Zeit je Schritt", memory_gib: "Gerätespeicher", adam_momentum: "Adam-Moment", attention: "Aufmerksamkeit",
  health: "Gesundheit", healthy: "Keine Regel findet einen Fehler.", notes: "Hinweise der Regeln", info: "Hinweis", warning: "Warnung", error: "Fehler", config: "Konfiguration", warnings: "Was übersprungen oder angezweifelt wurde",
  activity: "Schicht-Aktivität", peak: "Höchste Aktivität", heat: "Aktivität im Verlauf", backward: "Rückwärts-Zweig", forward: "Vorwärts-Zweig", final: "Fusion", other: "Andere Schichten", layer: "Schicht",
  thinned: "Jede Spalte zeigt das Größte von bis zu {n} Ständen.", low: "niedrig", high: "hoch",
  across: "Über", smooth: "Glättung", log: "Logarithmisch", group: "Gruppen", groupHelp: "eine Linie je Gruppe von Seeds, mit ihrem Band", add: "Verlauf hinzufügen", remove: "Verlauf {name} entfernen", table: "Tabelle", tableOf: "{name} als Tabelle", chartOf: "{name} als Verlauf",
  zoom: "Zum Lesen auf einen Verlauf zeigen, zum Vergrößern darüber ziehen, Doppelklick zeigt alles. Mit der Tastatur: Pfeile lesen, + und − vergrößern, Escape zeigt alles.",
  nocharts: "Kein gewählter Lauf hat eine Größe zum Zeichnen. Einen Lauf in der Liste wählen oder einen Verlauf hinzufügen.", lacks: "Ohne diese Größe: {names}", others: "{n} Läufe", goodRange: "schattiert: guter Bereich {a} bis {b} (Faustregel des ursprünglichen Programms)",
  earlier: "Mehr von {n} früheren Zeilen", rowsLeft: "{n} frühere Zeilen sind nicht gezeigt; die CSV hat alle.", sinceStart: "Zeit seit dem ersten Eintrag des Laufs", epochsDone: "fertige Epochen", bands: "Bänder: 95-%-Intervall des Mittels, n Läufe.", bestMark: "○ bester Schritt", rewind: "eine Lücke ist ein Rücksprung", smoothMark: "blass: wie gemessen",
  side: "Seite", leftOut: "ausgelassen", metric: "Größe", at: "Beurteilt bei", atBest: "bestem Schritt", atLast: "letztem Schritt", atAuc: "Fläche unter der Kurve", baseline: "Grundlinie", byGroup: "Eine Seite je Gruppe", byRun: "Eine Seite je Lauf",
  needTwo: "Läufe auf mindestens einer Seite wählen.", comparing: "Vergleicht…", mean: "Mittel", interval: "95-%-Intervall", n: "Läufe", iqm: "IQM", candidate: "Kandidat", diff: "Unterschied", pBetter: "P(besser)", hedges: "Hedges g", p: "p (kleinstes)", verdict: "Urteil",
  better: "besser", worse: "schlechter", equivalent: "gleichwertig", inconclusive: "unentschieden", higher: "höher ist besser", lower: "niedriger ist besser",
  noiseFloor: "Rauschgrenze", runsNeeded: "nötige Läufe je Seite",
  nopictures: "Keiner der gewählten Läufe hat Bilder.", picture: "Bild", slider: "Schritt der Bilder", noneYet: "bis zu diesem Schritt keines", shownFrom: "von Schritt {step}", both: "beide Phasen", train: "Training", val: "Validierung",
  downloadJson: "📥 Daten herunterladen (JSON)", currentSnapshot: "der aktuelle Stand, Byte für Byte", series: "Alle Schritte", csv: "CSV", parquet: "Parquet", json: "JSON", report: "Bericht (HTML)", figure: "Abbildung", png: "PNG", svg: "SVG",
  refused: "Der Server lässt diese Seite nicht mehr zu. Bitte die Adresse öffnen, die statkit serve gezeigt hat.", unreachable: "Der Server antwortet nicht. Was hier ist, bleibt; die Seite fragt wieder.",
  runGone: "Die Dateien dieses Laufs sind gelöscht. Was gelesen wurde, ist noch zu sehen.", yes: "ja", no: "nein", value: "Wert", now_is: "{name}: {status}", tick: "{name} in den Verläufen",
};

/** @typedef {keyof typeof ENGLISH} Word */

let chosen = begin();

/** @returns {"en" | "de"} */
function begin() {
  const asked = new URLSearchParams(location.search).get("lang") ?? remembered("language");
  return asked === "de" ? "de" : "en";
}

/** @returns {"en" | "de"} */
export function language() {
  return chosen;
}

/** @param {"en" | "de"} wanted */
export function speak(wanted) {
  chosen = wanted;
  remember("language", wanted);
}

/**
 * Say something in the page's language.
 * @param {Word} word
 * @param {Record<string, string | number>} [parts] what stands in braces
 */
export function t(word, parts = {}) {
  return (chosen === "de" ? GERMAN : ENGLISH)[word].replace(/\{(\w+)\}/g, (whole, name) => String(parts[name] ?? whole));
}

/**
 * Say a word that may be unknown, such as a status or the name of a state.
 * @param {string} word
 */
export function label(word) {
  return Object.hasOwn(ENGLISH, word) ? t(/** @type {Word} */ (word)) : word;
}

/** Put the page's fixed texts into its language: those of elements with data-word, data-label and data-hint. */
export function translate() {
  document.documentElement.lang = chosen;
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-word]"))) {
    say(element, t(/** @type {Word} */ (element.dataset.word)));
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-label]"))) {
    element.setAttribute("aria-label", t(/** @type {Word} */ (element.dataset.label)));
  }
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-hint]"))) {
    element.title = t(/** @type {Word} */ (element.dataset.hint));
  }
}
