"""Expressions of run files: the same numbers as Python's own evaluation, and nothing else parses."""

from __future__ import annotations

import ast
import pickle
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinsector.common.expressions import DEEPEST, FUNCTIONS, LONGEST, MOST_PARTS, ExpressionError, parse
from twinsector.common.units import read_unit, unit_of, unit_text

NAMES = ("a", "bb", "c_3")
VALUES = {"a": 0.7, "bb": -2.5, "c_3": 11.0}


def python(text: str) -> float:
    """Python's own evaluation with numpy's functions and doubles."""
    names = {name: np.float64(value) for name, value in VALUES.items()}
    with np.errstate(all="ignore"):
        return float(eval(text, {"__builtins__": {}}, {**FUNCTIONS, "pi": np.float64(np.pi), **names}))


def ours(text: str) -> float:
    return float(parse(text)({name: np.array([value]) for name, value in VALUES.items()})[0])


def grammar() -> st.SearchStrategy[str]:
    leaves = st.one_of(
        st.sampled_from([*NAMES, "pi"]),
        st.floats(1e-3, 1e3).map(repr),
        st.integers(0, 99).map(str),
    )

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        one = [name for name in FUNCTIONS if name not in ("min", "max")]
        return st.one_of(
            st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " - ", " ** "]), inner).map("".join),
            inner.map(lambda text: f"({text})"),
            inner.map(lambda text: f"-{text}"),
            inner.map(lambda text: f"+ {text}"),
            st.tuples(st.sampled_from(one), inner).map(lambda pair: f"{pair[0]}({pair[1]})"),
            st.tuples(st.sampled_from(["min", "max"]), inner, inner).map(lambda t: f"{t[0]}({t[1]}, {t[2]})"),
        )

    return st.recursive(leaves, grown, max_leaves=8)


@given(grammar())
def test_the_value_is_pythons(text: str) -> None:
    text = f"{text}+0*a" if not set(NAMES) & set(parsed_names(text)) else text
    try:
        wanted = python(text)
    except (ZeroDivisionError, OverflowError, TypeError):
        return  # integers divided by 0 or too large, complex numbers: Python has no double there
    found = ours(text)
    assert found == pytest.approx(wanted, rel=1e-9, nan_ok=True) or (np.isnan(found) and not np.isfinite(wanted))


def parsed_names(text: str) -> list[str]:
    return [node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)]


@given(st.text(alphabet="ab1.0e+-*/(), _c3", max_size=30) | st.text(alphabet=string.printable, max_size=20))
def test_whatever_parses_is_an_expression_of_the_grammar(text: str) -> None:
    try:
        expression = parse(text)
    except ExpressionError as error:
        assert 1 <= error.column <= len(text) + 1 and "\n" not in str(error)
        return
    allowed = (ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Constant, ast.Load, ast.operator, ast.unaryop)
    body = ast.parse(text.strip(), mode="eval").body
    assert all(isinstance(node, allowed) for node in ast.walk(body))
    assert not any(
        isinstance(node, ast.FloorDiv | ast.Mod | ast.BitXor | ast.Invert | ast.Not) for node in ast.walk(body)
    )
    assert set(expression.names) <= set(parsed_names(text.strip()))


@pytest.mark.parametrize(
    "text",
    [
        "a.b", "a[0]", "lambda: a", "a if a else a", "__import__('os')", "(a)(a)", "exp(a)(a)", "a < 1", "a and a",
        "a // 2", "a % 2", "a @ a", "a ^ 2", "~a", "not a", "[a]", "{a}", "(a, a)", "a, a", "(a := 1)", "a = 1", "*a",
        "f'{a}'", "'a'", "1j*a", "True*a", "None", "...", "0x10*a", "1_0*a", "1e999*a", "await a", "yield a", "a; a",
        "a\na", "a # b", "a \\", "exp(a, a)", "exp()", "max(a)", "exp(*a)", "exp(x=a)", "exp", "a exp", "open(a)",
        "eval(a)", "a.real", "é*a", "", "   ", "3", "pi", 3, None, ["a"], "a+", "(a", "a)",
    ],
)  # fmt: skip
def test_everything_else_is_refused(text: object) -> None:
    with pytest.raises(ExpressionError, match=r"^column \d+: "):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "-" * (LONGEST - 1) + "a",
        "(" * 240 + "a" + ")" * 240,
        "+".join(["a"] * (DEEPEST + 1)),
        "**".join(["9"] * 60) + "**a",
        "exp(" * 100 + "a" + ")" * 100,
        "a" * (LONGEST + 1),
        "9" * (LONGEST - 2) + "*a",
        f"{'(a+a)*' * (MOST_PARTS // 3)}a",
    ],
    ids=lambda text: text[:12],
)
def test_hostile_texts_end_at_once(text: str) -> None:
    """They are refused, or cost a handful of operations on doubles: nothing grows."""
    try:
        value = parse(text)({"a": np.array([2.0])})
    except ExpressionError:
        return
    assert value.dtype == float and value.shape == (1,)


def test_large_powers_are_doubles() -> None:
    assert ours("9**9**9**9*a") == np.inf and ours("a/9**9**9**9") == 0.0
    assert np.isnan(ours("log(bb)")) and ours("log10(0*a)") == -np.inf


def test_messages_name_the_column_and_what_is_meant() -> None:
    for text, message in {
        "a + lgo10(a)": "column 5: no function 'lgo10'; did you mean 'log10'?",
        "a^2": "column 2: '^' is not allowed; a power is written a**b",
        "  a + b[0]": "column 8: '[' is not allowed",
        "a + a.b": "column 5: 'a.b' is not allowed; allowed: numbers, names",
    }.items():
        with pytest.raises(ExpressionError) as caught:
            parse(text)
        assert str(caught.value).startswith(message)
    with pytest.raises(ExpressionError, match=r"column 5: unknown name 'm_dmm'; did you mean 'm_dm'\?"):
        parse("2 * m_dmm").check_names({"m_dm": 1})


@given(st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=40))
def test_a_point_has_the_same_bits_alone_and_among_others(points: list[float]) -> None:
    expression = parse("log10(abs(a) + 1)**1.7 - exp(-a/7)*sin(a)")
    together = expression({"a": np.array(points)})
    alone = [expression({"a": np.array([point])})[0] for point in points]
    assert np.array_equal(together, alone)


def test_an_expression_travels() -> None:
    expression = parse(" log10(m_dm/v_dark) ")
    again = pickle.loads(pickle.dumps(expression))
    assert again == expression and again.text == "log10(m_dm/v_dark)" and again.names == ("m_dm", "v_dark")


UNITS = {"m": "GeV", "v": "GeV", "e": "eV", "t": "s", "s": "cm^2", "q": "", "p": "cm^3/s/GeV", "odd": "furlongs?"}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("m/v", ""), ("m + v - 5", "GeV"), ("sqrt(m*v)", "GeV"), ("sqrt(m)", "GeV^(1/2)"), ("m**2/t", "GeV^2/s"),
        ("p*m*t", "cm^3"), ("log10(m) + q", ""), ("2*m", "GeV"), ("1/m", "GeV^-1"), ("m**-2", "GeV^-2"),
        ("max(m, 3)", "GeV"), ("abs(-m)", "GeV"), ("s/m", "cm^2/GeV"), ("m**0.5*v**0.5", "GeV"), ("m**q", None),
        ("odd + m", "GeV"), ("exp(m/v)", ""), ("q**0.3", ""),
        ("m**0.3", None), ("m**0.05", None), ("m**1.23", None), ("m**(1/3)", None),
    ],
)  # fmt: skip
def test_units_follow(text: str, unit: str | None) -> None:
    assert unit_of(parse(text), UNITS) == unit


@pytest.mark.parametrize("text", ["m + t", "m - e", "min(m, s)", "m + q", "m*v + m", "sqrt(m*v) + s"])
def test_different_units_do_not_add(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"cannot (add|compare)"):
        unit_of(parse(text), UNITS)


@given(st.dictionaries(st.sampled_from(["GeV", "cm", "s", "g"]), st.integers(-4, 4).filter(bool), max_size=4))
def test_a_unit_reads_back(powers: dict[str, int]) -> None:
    assert dict(read_unit(unit_text(powers))) == powers  # type: ignore[arg-type]
