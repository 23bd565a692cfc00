// The annotation page's own words, in English and German. Names of classes, raters and images are data and stay as they are.

import { language } from "./words.js";

const ENGLISH = {
  page: "Annotation", theme: "Dark", language: "Deutsch", skip: "Skip to the image", monitoring: "Monitoring", run: "Run",
  rater: "Rater: {name}", changeRater: "Change the rater", who: "Who is drawing?", whoWhy: "The name is kept with every shape and on this machine.", name: "Name", start: "Start", cancel: "Cancel",
  images: "Images", done: "{a} of {b} submitted", notBegun: "not begun", shapesOf: "{n} shapes", oneShape: "1 shape", isSubmitted: "submitted", previous: "Previous image", next: "Next image",
  tools: "Tools", select: "Select", hand: "Move the view", polygon: "Polygon", rectangle: "Rectangle", ellipse: "Ellipse", freehand: "Freehand", brush: "Brush", eraser: "Eraser", point: "Point",
  size: "Brush size", pixels: "{n} px", undo: "Undo", redo: "Redo", remove: "Delete the shape", finish: "Close the polygon", zoomIn: "Zoom in", zoomOut: "Zoom out", fit: "Fit", help: "Keys", 
  stage: "Image to draw on. Choose a tool; with the keyboard, arrows move a crosshair and Enter presses.",
  classes: "Class", unclassified: "unclassified", shapes: "Shapes", noShapes: "Nothing drawn yet. Choose a class and a tool.", more: "{n} more are drawn but not listed.", region: "Region", line: "Line", locked: "locked", shapeIs: "{kind}, {label}, {size}", area: "{n} px", areaMm: "{n} px ({m} mm²)",
  attention: "Attention", showAttention: "Show the attention over the image", opacity: "Opacity", layer: "Layer", attentionWhy: "Hidden by default. When it is shown, the journal says so, and what is drawn from then on counts as not blinded.", unblinded: "You have seen the attention over this image: your shapes say so.", noAttention: "This image has no attention kept.",
  hand_in: "Submit", submitWhy: "When the image is done. Afterwards the shapes are final, and you see how far the attention agrees.", submit: "Submit this image", sureSubmit: "Submit {what}? That is final.", sureEmpty: "Submit without any shape? It says that there is nothing to draw.", submittedAt: "Submitted {time}. The shapes are final.", reopen: "Reopen", sureReopen: "Reopen this image? The journal will say that you drew on after seeing the agreement.",
  agreement: "Agreement with the attention", agreementWhy: "As many pixels of highest attention as were drawn; by chance Dice is the drawn share. Not a measure of relevance.", everything: "all classes", drawnShare: "drawn", nothingToCompare: "Nothing with an area was drawn, so there is nothing to compare.", iou: "IoU", dice: "Dice",
  leftOut: "Left out: {what}", files: "Files", exportGeojson: "Export GeoJSON", importFile: "Import…", imported: "{n} shapes imported from {file}.", lossless: "Nothing was lost.", lost: "Not everything could be kept:", tooLarge: "{file} is larger than the 32 MB possible here.",
  saved: "saved", unsaved: "not saved yet", saving: "saving…", offline: "no connection: kept on this machine, sent later", refused: "not saved: {reason}", conflict: "saved elsewhere too: choose a version", opening: "opening…",
  notKept: "This browser keeps nothing here: leave the page only when everything is saved.",
  conflictTitle: "Somebody saved this image meanwhile", conflictWhy: "Both versions are kept. Which one goes on?", mine: "This window", theirs: "Saved meanwhile", keepMine: "Keep this one", takeTheirs: "Take the saved one", keepBoth: "Merge both",
  lockedTitle: "This image was submitted meanwhile", lockedWhy: "It is final. What this window drew since is not in it.", reopenMine: "Reopen and keep this window's", takeSubmitted: "Take the submitted one",
  keysTitle: "Keys", close: "Close", singleKeys: "Keys without Ctrl are on", keyTool: "tool", keyClass: "class", keyZoom: "zoom", keyFit: "whole image", keyPan: "drag the image", keyUndo: "undo, redo", keySave: "save now; otherwise a second after the last change", keyDelete: "delete the shape, or the last corner", keyEscape: "leave what is begun, or the selection", keyEnter: "press at the crosshair; close the polygon", keyArrows: "move the crosshair, the selected shape or the view; finely with Shift", keyBrush: "brush size", keyImage: "previous, next image", keyAttention: "attention", keyHelp: "these keys", keyEven: "equal sides while drawing", 
  failed: "{what}: {reason}", noSession: "No run here can be annotated.",
};

/** @type {Record<keyof typeof ENGLISH, string>} */
const GERMAN = {
  page: "Annotation", theme: "Dunkel", language: "English", skip: "Zum Bild springen", monitoring: "Überwachung", run: "Lauf",
  rater: "Rater: {name}", changeRater: "Anderer Rater", who: "Wer zeichnet?", whoWhy: "Der Name wird mit jeder Form und auf diesem Gerät gespeichert.", name: "Name", start: "Beginnen", cancel: "Abbrechen",
  images: "Bilder", done: "{a} von {b} eingereicht", notBegun: "nicht begonnen", shapesOf: "{n} Formen", oneShape: "1 Form", isSubmitted: "eingereicht", previous: "Voriges Bild", next: "Nächstes Bild",
  tools: "Werkzeuge", select: "Auswählen", hand: "Ansicht verschieben", polygon: "Polygon", rectangle: "Rechteck", ellipse: "Ellipse", freehand: "Freihand", brush: "Pinsel", eraser: "Radierer", point: "Punkt",
  size: "Pinselgröße", pixels: "{n} px", undo: "Rückgängig", redo: "Wiederholen", remove: "Form löschen", finish: "Polygon schließen", zoomIn: "Vergrößern", zoomOut: "Verkleinern", fit: "Einpassen", help: "Tasten",
  stage: "Bild zum Zeichnen. Werkzeug wählen; mit der Tastatur bewegen Pfeile ein Fadenkreuz, und Enter drückt.",
  classes: "Klasse", unclassified: "ohne Klasse", shapes: "Formen", noShapes: "Noch nichts gezeichnet. Klasse und Werkzeug wählen.", more: "{n} weitere sind gezeichnet, aber nicht aufgeführt.", region: "Bereich", line: "Linie", locked: "gesperrt", shapeIs: "{kind}, {label}, {size}", area: "{n} px", areaMm: "{n} px ({m} mm²)",
  attention: "Aufmerksamkeit", showAttention: "Aufmerksamkeit über dem Bild zeigen", opacity: "Deckkraft", layer: "Schicht", attentionWhy: "Anfangs verborgen. Wird sie gezeigt, steht es im Protokoll, und was danach gezeichnet wird, gilt als nicht verblindet.", unblinded: "Sie haben die Aufmerksamkeit über diesem Bild gesehen: Ihre Formen sagen das.", noAttention: "Zu diesem Bild ist keine Aufmerksamkeit gespeichert.",
  hand_in: "Einreichen", submitWhy: "Wenn das Bild fertig ist. Danach sind die Formen endgültig, und Sie sehen, wie weit die Aufmerksamkeit übereinstimmt.", submit: "Dieses Bild einreichen", sureSubmit: "{what} einreichen? Das ist dann endgültig.", sureEmpty: "Ohne jede Form einreichen? Das heißt: es gibt nichts zu zeichnen.", submittedAt: "Eingereicht {time}. Die Formen sind endgültig.", reopen: "Wieder öffnen", sureReopen: "Dieses Bild wieder öffnen? Im Protokoll steht dann, dass Sie nach der Übereinstimmung weitergezeichnet haben.",
  agreement: "Übereinstimmung mit der Aufmerksamkeit", agreementWhy: "So viele Pixel höchster Aufmerksamkeit, wie gezeichnet wurden; zufällig ist Dice der gezeichnete Anteil. Kein Maß für Bedeutung.", everything: "alle Klassen", drawnShare: "gezeichnet", nothingToCompare: "Nichts mit einer Fläche wurde gezeichnet, also gibt es nichts zu vergleichen.", iou: "IoU", dice: "Dice",
  leftOut: "Ausgelassen: {what}", files: "Dateien", exportGeojson: "GeoJSON exportieren", importFile: "Importieren…", imported: "{n} Formen aus {file} importiert.", lossless: "Nichts ging verloren.", lost: "Nicht alles konnte übernommen werden:", tooLarge: "{file} ist größer als die hier möglichen 32 MB.",
  saved: "gespeichert", unsaved: "noch nicht gespeichert", saving: "speichert…", offline: "keine Verbindung: auf diesem Gerät aufgehoben, wird später gesendet", refused: "nicht gespeichert: {reason}", conflict: "auch anderswo gespeichert: Fassung wählen", opening: "öffnet…",
  notKept: "Dieser Browser hebt hier nichts auf: die Seite erst verlassen, wenn alles gespeichert ist.",
  conflictTitle: "Dieses Bild wurde inzwischen anderswo gespeichert", conflictWhy: "Beide Fassungen bleiben erhalten. Welche geht weiter?", mine: "Dieses Fenster", theirs: "Inzwischen gespeichert", keepMine: "Diese behalten", takeTheirs: "Die gespeicherte nehmen", keepBoth: "Beide vereinen",
  lockedTitle: "Dieses Bild wurde inzwischen eingereicht", lockedWhy: "Es ist endgültig. Was dieses Fenster seither gezeichnet hat, ist nicht darin.", reopenMine: "Wieder öffnen, dieses Fenster behalten", takeSubmitted: "Das eingereichte nehmen",
  keysTitle: "Tasten", close: "Schließen", singleKeys: "Tasten ohne Strg sind an", keyTool: "Werkzeug", keyClass: "Klasse", keyZoom: "Vergrößerung", keyFit: "ganzes Bild", keyPan: "Bild ziehen", keyUndo: "rückgängig, wiederholen", keySave: "jetzt speichern; sonst eine Sekunde nach der letzten Änderung", keyDelete: "Form löschen, oder die letzte Ecke", keyEscape: "Begonnenes verlassen, oder die Auswahl", keyEnter: "am Fadenkreuz drücken; Polygon schließen", keyArrows: "Fadenkreuz, ausgewählte Form oder Ansicht bewegen; fein mit Umschalt", keyBrush: "Pinselgröße", keyImage: "voriges, nächstes Bild", keyAttention: "Aufmerksamkeit", keyHelp: "diese Tasten", keyEven: "gleiche Seiten beim Zeichnen",
  failed: "{what}: {reason}", noSession: "Kein Lauf hier kann annotiert werden.",
};

/** @typedef {keyof typeof ENGLISH} Word */

/**
 * Say something in the page's language.
 * @param {Word} word
 * @param {Record<string, string | number>} [parts] what stands in braces
 */
export function t(word, parts = {}) {
  return (language() === "de" ? GERMAN : ENGLISH)[word].replace(/\{(\w+)\}/g, (whole, name) => String(parts[name] ?? whole));
}

/** Put the page's fixed texts into its language: those of elements with data-word, data-label and data-hint. */
export function translate() {
  document.documentElement.lang = language();
  const each = (/** @type {string} */ name, /** @type {(element: HTMLElement, text: string) => void} */ put) => {
    for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(`[data-${name}]`))) {
      put(element, t(/** @type {Word} */ (element.dataset[name])));
    }
  };
  each("word", (element, text) => { element.textContent = text; });
  each("label", (element, text) => element.setAttribute("aria-label", text));
  each("hint", (element, text) => { element.title = element.dataset.key ? `${text} (${element.dataset.key})` : text; });
}
