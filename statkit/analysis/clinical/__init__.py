"""Which parts of a clinical assessment the files of a run document. Never whether a model is fit for use."""
