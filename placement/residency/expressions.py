"""A guardrail's expression is CEL over `workload` and `pod`, small enough that it ends at once whatever it is asked of.

CEL always ends, but nested loops and texts that double can still take all time and memory. The library stops loops
after 10,000 turns and nesting after 32 levels; what it does not bound is refused here. Signs count wherever they stand,
in quoted texts too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

MOST_LETTERS = 2_000

_MOST_SIGNS = {"+": 8, ",": 60}
"""Each + may double a text that an inner loop made, each comma a list."""

_MOST_LOOPS = 6

_BEFORE_BRACKET = r"\b\s*(?://[^\n]*\n\s*)*\("
_LOOP = re.compile(rf"\b(?:all|exists|exists_one){_BEFORE_BRACKET}")
_BUILDER = re.compile(rf"\b(map|filter){_BEFORE_BRACKET}")
"""These make lists, at the square of their length."""

_COMPLAINT = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): (?:Syntax error: )?(.*)")
_CODE = re.compile(r"^[A-Z_]+: | \[[A-Z_]+\]$")
_EXPECTED = re.compile(r" expecting \{.*| \(in container ''\)")
_NO_KEY = re.compile(r'Key not found in map : "(.*)"')


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was compiled, or what is wrong with it."""

    program: Any
    complaint: str | None
    of_pod: bool
    """Whether it speaks of `pod`."""

    def judge(self, workload: Mapping[str, Any] | None, pod: Mapping[str, Any] | None) -> str | None:
        """None if the expression is true, else why not; whatever cannot be evaluated is not true."""
        if self.complaint is not None:
            return self.complaint
        given = {name: document for name, document in (("workload", workload), ("pod", pod)) if document is not None}
        try:
            found = self.program.eval(data=given)
            kind = found.type().name()
            if kind == "BOOL":
                return None if found.value() else "it is false"
            return _in_words(found.value()) if kind == "ERROR" else f"it is no true or false, but {kind.lower()}"
        except Exception as error:
            # The library raises several kinds of errors, and none of them may let a workload pass.
            return _in_words(str(error))


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Expression:
    """The expression, ready to be evaluated many times."""
    complaint = _too_costly(expression)
    if complaint is not None:
        return Expression(None, complaint, of_pod=False)
    try:
        program = _environment("workload", "pod").compile(expression)
    except Exception as error:
        # As above: an expression that the library does not like for any reason is refused.
        return Expression(None, _first_complaint(str(error), expression), of_pod=False)
    kind = program.return_type().name()
    if kind not in ("BOOL", "DYN"):
        return Expression(None, f"it must be true or false, but is of the type {kind.lower()}", of_pod=False)
    return Expression(program, None, _speaks_of_pod(expression))


def _too_costly(expression: str) -> str | None:
    if len(expression) > MOST_LETTERS:
        return f"it has {len(expression):,} characters, {MOST_LETTERS:,} at most are allowed"
    builder = _BUILDER.search(expression)
    if builder:
        return f"{_place(expression, builder.start())}{builder[1]} is not allowed here; ask with all or exists"
    if len(_LOOP.findall(expression)) > _MOST_LOOPS:
        return f"it has more than {_MOST_LOOPS} loops (all, exists); make several guardrails of it"
    for sign, most in _MOST_SIGNS.items():
        if expression.count(sign) > most:
            return f"it has {sign!r} more than {most} times; make several guardrails of it"
    return None


def _speaks_of_pod(expression: str) -> bool:
    """A name that is not declared is refused, unless it is one of a loop."""
    try:
        _environment("workload").compile(expression)
    except Exception:
        return True
    return False


@cache
def _environment(*names: str) -> Any:
    from cel_expr_python import cel  # type: ignore[import-untyped]

    return cel.NewEnv(variables={name: cel.Type.DYN for name in names})


def _first_complaint(message: str, expression: str) -> str:
    if "recursion" in message:
        return "it is nested too deeply; make several guardrails of it"
    found = _COMPLAINT.search(message)
    if found is None:
        return _in_words(message)
    line, column, reason = int(found[1]), int(found[2]), _EXPECTED.sub("", found[3])
    where = f"line {line}, character {column}: " if "\n" in expression else f"character {column}: "
    hint = "; it may speak of workload and pod" if "undeclared reference" in reason else ""
    return f"{where if line > 0 else ''}{reason.replace('<EOF>', 'the end')}{hint}"


def _place(expression: str, position: int) -> str:
    before = expression[:position]
    column = position - before.rfind("\n")
    return f"line {before.count(chr(10)) + 1}, character {column}: " if "\n" in expression else f"character {column}: "


def _in_words(message: str) -> str:
    missing = _NO_KEY.search(message)
    if missing:
        return (
            f"there is no {missing[1][:80]!r} in it, and what has its default may be left out: ask with has(...) first"
        )
    return _CODE.sub("", _CODE.sub("", message.splitlines()[0] if message else "it cannot be evaluated"))[:300]
