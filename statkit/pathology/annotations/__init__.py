"""Annotations of tissue: read, written, turned into masks and back.

`reading.read` recognises QuPath GeoJSON, W3C Web Annotations and ASAP XML by their content; what a
format cannot say is reported as a `loss.Loss`, never dropped in silence.

Coordinates are pixels of the full-resolution image, origin at the top left corner, x to the right, y down,
in the corner convention: the pixel of column c and row r covers [c, c + 1) × [r, r + 1).
"""
