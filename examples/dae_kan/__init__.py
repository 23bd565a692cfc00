"""A small denoising autoencoder with BAM attention and a KAN layer, the parts in one file each."""
