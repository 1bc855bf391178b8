"""Posterior, run file and samplers: from a YAML file to a chain."""
