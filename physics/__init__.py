"""The physics core: pure functions of numbers and arrays in GeV units; no data, no samplers."""
