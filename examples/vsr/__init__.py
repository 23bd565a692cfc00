"""A small ×3 video super-resolution training, the parts in one file each."""
