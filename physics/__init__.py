"""Physics core: pure functions of numbers and arrays in GeV units, independent of data and samplers."""
