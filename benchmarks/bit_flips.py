"""Flip single bits of a chain and of a journal: each is detected, or no output changes.

Run: python benchmarks/bit_flips.py                     # 1,000 random and 50 chosen flips
     python benchmarks/bit_flips.py --flips 100

Outputs are those of `summary`, `export`, `audit` and `compare` for the finished chain, and of `status`, `summary` and
`export` for the unfinished run. *Detected* means that a command refuses, or says in a note that something is damaged.
The chosen flips are the first and last byte of every file, and the bytes in its middle. Exit status 1 if a flip changes
an output and nothing says so.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import yaml

from twinsector.cli import main as command_line

RUN = {
    "name": "flips",
    "model": "mirror",
    "options": {"reheating": "instantaneous", "freeze_out": "analytic"},
    "likelihoods": {"planck_neff": {}, "reheating_temperature": {}},
    "sampler": {"name": "dynesty", "nlive": 50, "dlogz": 1.0, "walks": 10, "queue_size": 8},
}
FINISHED = (["summary", "flips"], ["export", "flips", "-o", "flips.csv"], ["audit", "flips"],
            ["compare", "flips", "other"])  # fmt: skip
UNFINISHED = (["status", "flips"], ["summary", "flips"], ["export", "flips", "-o", "flips.csv"])


def run_command(arguments: list[str]) -> tuple[int, str]:
    """Exit status, and everything that is printed or written."""
    out = io.StringIO()
    status = 0
    Path("flips.csv").unlink(missing_ok=True)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            command_line(arguments)
    except SystemExit as end:
        status = int(end.code or 0)
    text = out.getvalue()
    if Path("flips.csv").exists():
        text += Path("flips.csv").read_text()
    return status, "\n".join(line for line in text.splitlines() if "last sign of life" not in line)


def flip(path: Path, bit: int) -> None:
    """Flip one bit of a file in place."""
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def chosen_bits(path: Path) -> list[int]:
    """Bits at the ends and in the middle of a file."""
    size = path.stat().st_size
    return [8 * byte + k for byte, k in ((0, 0), (0, 7), (size // 2, 3), (size - 1, 0), (size - 1, 5))]


def try_flips(what: str, files: list[Path], commands: tuple[list[str], ...], n: int, dice: random.Random) -> int:
    """Number of flips that change an output in silence; prints the count of all."""
    before = [run_command(command) for command in commands]
    assert all(status == 0 for status, _ in before), before
    bits = [(path, bit) for path in files for bit in chosen_bits(path)]
    sizes = [path.stat().st_size for path in files]
    for _ in range(n):
        (path,) = dice.choices(files, sizes)
        bits.append((path, dice.randrange(8 * path.stat().st_size)))
    counts: Counter[str] = Counter()
    for path, bit in bits:
        flip(path, bit)
        after = [run_command(command) for command in commands]
        flip(path, bit)
        told = any(status for status, _ in after) or any("is damaged" in text for _, text in after)
        silent = [command[0] for command, a, b in zip(commands, before, after, strict=True)
                  if a != b and not b[0] and "is damaged" not in b[1] and not told]  # fmt: skip
        counts["silent" if silent else "detected" if told else "no output changes"] += 1
        if silent:
            print(f"  {path}, bit {bit}: {', '.join(silent)} changed in silence")
    print(f"{what}: {counts.total()} flips in {len(files)} files: {dict(counts)}", flush=True)
    return counts["silent"]


def main() -> None:
    """Print a line for the chain and one for the journal."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--flips", type=int, default=1000, help="random flips, half in the chain and half in the journal"
    )
    given = parser.parse_args()
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        for folder in ("flips", "other"):
            Path("run.yaml").write_text(yaml.safe_dump({**RUN, "output": folder}))
            run_command(["run", "run.yaml"])
        silent = try_flips("chain", [Path("flips/chain.h5")], FINISHED, given.flips // 2, dice)
        run_command(["run", "run.yaml", "--force"])
        Path("flips").rename("flips.done")
        Path("run.yaml").write_text(yaml.safe_dump({**RUN, "output": "flips"}))
        for limit in ("1", "2"):
            run_command(["run", "run.yaml", "--resume", "--checkpoint-every", "0.05", "--time-limit", limit])
        files = sorted(path for path in Path("flips").rglob("*") if path.is_file())
        silent += try_flips("journal", files, UNFINISHED, given.flips // 2, dice)
    print("every flip is detected or changes no output" if not silent else f"{silent} flips in silence")
    sys.exit(1 if silent else 0)


if __name__ == "__main__":
    main()
