"""Compiled loops over points, one per form or table: half a microsecond for a lone point, a tenth of what arrays cost.

Arrays in, arrays filled: no loop allocates. Every point is computed by itself, so results do not depend on how many
points come at once. NaN is passed through. Python calls them through the functions of `forms`, `limits`, ... .
"""
