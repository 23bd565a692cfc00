"""Callbacks: one file a framework, and none loads a framework but its own.

``statkit.training.callbacks.loop`` (plain PyTorch), ``.lightning``, ``.huggingface``, ``.keras``.
"""
