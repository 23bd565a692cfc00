"""Tissue: features of a tile, their association with attention, annotations, and agreement with them.

Needs the extra ``pathology`` (scikit-image, shapely); nothing here needs torch.
"""
