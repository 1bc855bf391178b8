"""Standard-Model inputs: constants with sources, running coupling and masses, Higgs partial widths."""
