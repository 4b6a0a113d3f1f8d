"""Text from data made harmless for a terminal: what would move a cursor or turn a line around becomes visible."""

from __future__ import annotations

_C0 = range(0x20)
_C1 = range(0x7F, 0xA0)
_LINE_SEPARATORS = range(0x2028, 0x202A)
_BIDIRECTIONAL = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SURROGATES = range(0xD800, 0xE000)  # Undecodable bytes of a file name arrive as these.
_PICTURES = 0x2400

_ESCAPED = {code: f"\\u{code:04x}" for code in (*_C1, *_LINE_SEPARATORS, *_BIDIRECTIONAL, *_SURROGATES)}
_VISIBLE = _ESCAPED | {code: chr(_PICTURES + code) for code in _C0}
_VISIBLE_BUT_LAYOUT = {code: text for code, text in _VISIBLE.items() if chr(code) not in "\n\t"}


def safe_text(text: str) -> str:
    r"""One cell or phrase on one line: C0 controls as pictures (`␛`, `␊`), C1 and bidirectional marks as `\u202e`."""
    return text if text.isascii() and text.isprintable() else text.translate(_VISIBLE)


def safe_lines(text: str) -> str:
    """Like `safe_text` for a whole document: its own line ends and tabs stay."""
    return text.translate(_VISIBLE_BUT_LAYOUT)


def replacements() -> dict[str, str]:
    """The same table for engines that replace whole columns at once (surrogates cannot occur in valid UTF-8)."""
    return {chr(code): text for code, text in _VISIBLE.items() if code not in _SURROGATES}
