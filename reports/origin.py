"""Where a run comes from and what to cite: settings, versions, data, seeds, how to repeat it, bibliography."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator

from ..chains import Chain
from ..common.words import spec_text
from ..inference.provenance.citations import bibliography
from .markup import Cells, Element, Node, bullets, el, facts, folded, table
from .rebuilt import Rebuilt
from .results import Reported


def provenance(run: Reported) -> list[Node]:
    """How a run was made, and the commands that make it again."""
    info = run.chain.info
    pairs: list[tuple[Node, Node]] = [
        ("run", info.name),
        ("model", f"{info.model or '–'}{_options(info.options)}"),
        ("sampler", f"{info.sampler or '–'}{_options(info.sampler_settings)}"),
        ("seed", str(info.seed)),
        ("fingerprint", el("code", str(info.fingerprint.get("digest", "–")))),
        ("made", info.created or "not finished"),
        ("workers", f"{info.workers} ({info.executor or 'unknown'}), lost: {info.workers_lost}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in info.versions.items()) or "not recorded"),
    ]
    if info.merged:
        pairs.append(("merged from", "; ".join(f"{one['name']} (seed {one['seed']})" for one in info.merged)))
    if info.extended:
        pairs.append(("extended", f"{len(info.extended)} earlier stages"))
    if info.reweighted:
        pairs.append(("reweighted", run.summary.merged))
    content: list[Node] = [facts(pairs), *_repeat(run.chain)]
    content.append(_priors(run))
    content.append(_data(run))
    if info.run_file:
        content.append(folded("The run file with every default", el("pre", info.run_file, tabindex="0")))
    return content


def _options(options: dict[str, object]) -> str:
    return f" ({', '.join(f'{name}: {spec_text(value)}' for name, value in options.items())})" if options else ""


def _repeat(chain: Chain) -> Iterator[Node]:
    """Commands for a shell; the name is quoted, whatever it is."""
    info = chain.info
    name = shlex.quote(f"results/{info.name}")
    if not info.run_file:
        yield el("p", "The chain contains no run file: the run cannot be repeated from it.", class_="note")
        return
    again = shlex.quote(f"results/{info.name}-again")
    lines = [f"twinsector rerun {name} -o {again}", f"twinsector audit {name}"]
    yield el("p", "To repeat the run from its chain file, and to check the file against itself:")
    yield el("pre", "\n".join(lines), tabindex="0")


def _priors(run: Reported) -> Element:
    info = run.chain.info
    rows: Iterable[Cells] = ([el("code", name), el("code", spec_text(spec))] for name, spec in info.priors.items())
    return table(f"Priors of {run.name}", ["parameter", "prior"], rows, text=(1,))


def _data(run: Reported) -> Element:
    rows: Iterable[Cells] = ([name, el("code", checksum)] for name, checksum in run.chain.info.data_checksums.items())
    return folded(
        "Data tables with their checksums", table(f"Data of {run.name}", ["file", "SHA-256"], rows, text=(1,))
    )


def citations(run: Reported, rebuilt: Rebuilt) -> list[Node]:
    """What a paper about the run cites: a list to read, with links, and the BibTeX of `twinsector cite`."""
    if rebuilt.config is None or rebuilt.posterior is None:
        keys = ", ".join(run.chain.info.citations) or "none"
        return [el("p", f"Keys of the data in the chain: {keys}. The run file cannot be read: {rebuilt.reason}")]
    text = bibliography(rebuilt.config, rebuilt.posterior)
    content: list[Node] = []
    for part, entries in _parts(text):
        content += [el("p", el("strong", part.capitalize())), bullets(_reference(entry) for entry in entries)]
    return [*content, folded("BibTeX", el("pre", text, tabindex="0"), on="screen")]


def _parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """(heading, BibTeX entries) of each part of a bibliography."""
    pieces = re.split(r"^% (model|data|sampler|packages)$", text, flags=re.MULTILINE)
    for part, body in zip(pieces[1::2], pieces[2::2], strict=True):
        entries = [block.strip() for block in re.split(r"\n\n(?=[@%])", body.strip())]
        yield part, [entry for entry in entries if entry]


def _reference(entry: str) -> Element:
    """Authors, title (if known) and year of a BibTeX entry, with a link to arXiv or by DOI."""
    title = _field(entry, "title")
    if not title and not _field(entry, "author"):
        return el("span", entry)
    authors = [name.split(",")[0].strip() for name in re.split(r"\s+and\s+", _field(entry, "author"))]
    who = authors[0] + (" et al." if len(authors) > 2 else f" & {authors[1]}" if len(authors) == 2 else "")
    words = [part for part in (who, f"“{title}”" if title else "", _field(entry, "year")) if part]
    return el("span", ", ".join(words), *_link(entry))


def _link(entry: str) -> list[Node]:
    """A link to the paper; identifiers that are none are left out."""
    eprint, doi = _field(entry, "eprint"), _field(entry, "doi")
    if re.fullmatch(r"\d{4}\.\d{4,5}|[a-z-]+/\d{7}", eprint):
        return [", ", el("a", f"arXiv:{eprint}", href=f"https://arxiv.org/abs/{eprint}", rel="noreferrer")]
    if re.fullmatch(r"10\.\d{4,9}/[\w.()/:;-]+", doi):
        return [", ", el("a", f"doi:{doi}", href=f"https://doi.org/{doi}", rel="noreferrer")]
    return []


def _field(entry: str, name: str) -> str:
    """A field of a BibTeX entry as plain text."""
    found = re.search(rf"\b{name}\s*=\s*[{{\"](.*?)[}}\"]\s*,?\s*$", entry, re.IGNORECASE | re.MULTILINE | re.DOTALL)
    text = re.sub(r"\\[a-zA-Z]+\s*|\\.|[{}$]", "", found[1]) if found else ""
    return " ".join(text.replace("~", " ").split())
