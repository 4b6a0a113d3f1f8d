"""Names that try to be more than names: markup, escape sequences, formulas, turned lines, broken rows."""

from __future__ import annotations

NAMES = (
    "[/x]",
    "[red]x[/red]",
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\u202etxt.exe",
    "le\u200fft",
    "=1+1",
    "@SUM(A1)",
    "+1",
    "-1-1",
    "a|b",
    "<b>&amp;</b>",
    "`rm`",
    "[l](javascript:x)",
    "two\nlines",
    "re\rturn",
    "\u2028",
    "\x01\x7f",
    "\x85\x9b",
    'say "hi", twice',
    "'",
    "{}%s{0}",
    "\\",
    "tab\tbed",
    ";",
)
"""No NUL, and no text that reading changes (blank or surrounded by blanks)."""

CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x061C, 0x200E, 0x200F))) | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""What moves a cursor, ends a line or turns one around."""
