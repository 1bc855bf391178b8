"""Radiation baths of both sectors: degrees of freedom, entropy, energy density, expansion."""
