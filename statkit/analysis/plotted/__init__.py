"""What the figures draw, computed: curves, bands, stacks, grids, as frozen results."""
