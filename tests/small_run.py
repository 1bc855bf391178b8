"""The text of a run file with one sampled parameter and one likelihood, which a command samples in a second."""

from __future__ import annotations


def small_run_file(name: str, sampler: str = "{name: dynesty, nlive: 30, dlogz: 5, walks: 5}") -> str:
    return f"""name: {name}
model: mirror
parameters:
  v_dark: {{log_uniform: [300, 1000]}}
  m_R: 350
  beta_R_ev: 2
  g_ratio: 1
  yb_ratio: 1
  yc_ratio: 1
  yt_ratio: 1
  delta_alpha_s: 0.02
  yu_dark: 2.0e-5
  yd_dark: 2.0e-5
  sigma_v_chi: 1.0e-15
  lambda_HH: 0.01
  omega_b_h2: 0.0224
  g_reheaton: 106.75
likelihoods: {{planck_neff: {{}}}}
sampler: {sampler}
"""
