"""Reads a public header: its opening comment, and every declaration with its docstring (`///`, `///<`). Made for
headers as this project writes them, one namespace and clang-format; .ci/check_site holds that no docstring is lost.
"""

import re
from dataclasses import dataclass, field

_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'')
_LABEL = re.compile(r"(public|protected|private):(?!:)")
_CLASS = re.compile(r"(template <.*?>\s*)?(class|struct)\s+(\w+)(?!\w|\s*;)", re.DOTALL)
_NAMESPACE = re.compile(r"(inline )?namespace (\w+) \{")


@dataclass
class Declaration:
    code: str  # as in the header, without bodies
    doc: str = ""  # the lines of ///
    note: str = ""  # and of ///<
    members: list["Declaration"] = field(default_factory=list)
    joined: bool = False  # it follows the one before without a blank line: the docstring is for both

    @property
    def name(self) -> str:
        """What a reader looks for: the class, the function, the constant."""
        code = re.sub(r"template <.*>\s(?:\s*requires.*?\)\s)?", "", self.code).strip()
        if match := re.match(r"(?:class|struct|concept|using|enum class|enum|namespace)\s+(\w+)", code):
            return match[1]
        head = re.split(r"[;={]|(?<!operator)\(", code)[0]
        return match[0] if (match := re.search(r"operator\W+$|~?\w+(?=\W*$)", head.strip())) else ""


@dataclass
class Header:
    opening: str
    declarations: list[Declaration]


def read_header(text: str) -> Header:
    opening = re.match(r"#pragma once\n((?://.*\n)*)", text)
    whole_file = re.search(r"^/// \\file\n((?:///.*\n)*)", text, re.MULTILINE)  # the modules base and chart open so
    found = whole_file or opening
    comment = re.sub(r"^///? ?", "", found[1], flags=re.MULTILINE) if found else ""
    body = text.replace(found[0], "", 1) if found else text
    body = re.sub(r"^#(?:.*\\\n)*.*\n", "\n", body, flags=re.MULTILINE)
    return Header(comment.strip("\n"), _declarations(body))


def _end_of_item(text: str, start: int) -> tuple[int, int]:
    """Where the item ends, and where its body begins (or ends, too, if it has none)."""
    depth, body, i = 0, -1, start
    while i < len(text):
        if text.startswith("//", i):
            i = text.find("\n", i)
        elif (string := _STRING.match(text, i)) and not text[i - 1].isalnum():
            i = string.end() - 1
        elif text[i] in "([{":
            if text[i] == "{" and depth == 0:
                body = i
            depth += 1
        elif text[i] in ")]}":
            depth -= 1
            # A body ends the item; braces that go on (x{1}, y{2} {…} and = {…};) do not.
            if depth == 0 and text[i] == "}" and not re.match(r"\s*[;,({.)]", text[i + 1 :]):
                return i + 1, body
        elif text[i] == ";" and depth == 0:
            return i + 1, body if re.match(r"\}\s*;", text[text.rfind("}", start, i) : i + 1]) else i + 1
        i += 1
    raise ValueError(f"no end of: {text[start : start + 80]!r}")


def _declarations(text: str) -> list[Declaration]:
    """The items of a namespace's or a class's body; private ones are left out."""
    out: list[Declaration] = []
    access, doc, i, gap = "public", [], 0, True
    while i < len(text):
        if match := re.compile(r"\s+").match(text, i):
            gap = gap or "\n\n" in match[0]
            i = match.end()
        elif match := re.compile(r"///<? ?(.*)\n|//(.*)\n").match(text, i):
            if match[1] is not None:
                doc.append(match[1])
            i = match.end() - 1
        elif match := _LABEL.match(text, i):
            access, i, gap = match[1], match.end(), True
        elif text[i] in ";}":
            i += 1
        else:
            end, body = _end_of_item(text, i)
            item, i = text[i:end], end
            trailing = re.compile(r"[^\n]*?///< ?(.*)((?:\n *///< ?.*)*)").match(text, end)
            if trailing:
                i = trailing.end()
            note = "\n".join([trailing[1], *re.findall(r"///< ?(.*)", trailing[2])]) if trailing else ""
            if match := _NAMESPACE.match(item):
                inner = _declarations(item[match.end() : -1])
                named = [Declaration(f"namespace {match[2]}", "\n".join(doc), members=inner)] if inner else []
                out += inner if match[2] == "evenkeel" else named
            elif access != "private" and not re.match(r"(class|struct) \w+;|friend ", item):
                made = _declaration(item, body - (end - len(item)))
                made.doc, made.note, made.joined = "\n".join(doc), note, bool(out) and not gap
                out.append(made)
            doc, gap = [], False
    return out


def _declaration(item: str, body: int) -> Declaration:
    """`body`: where its braces begin, or beyond its end."""
    if (match := _CLASS.match(item)) and 0 <= body < len(item):
        inner = item[body + 1 : item.rfind("}")]
        if match[2] == "class":
            inner = "private:" + inner
        return Declaration(item[:body].strip(), members=_declarations(inner))
    is_function = re.match(r"[^={]*\(", item) or "operator" in item
    if 0 <= body < len(item) and is_function and not item.startswith("enum"):
        item = re.sub(r"\)\s*:\s*[a-zA-Z_]\w*[({<].*$", ")", item[:body].rstrip(), flags=re.DOTALL) + ";"
    return Declaration(re.sub(r"\n +", lambda m: m[0][: max(1, len(m[0]) - _indent(item))], item))


def _indent(item: str) -> int:
    """By how much a member's further lines stand to the right: as far as the shallowest of them, less four."""
    depths = [len(spaces) for spaces in re.findall(r"\n( +)\S", item)]
    return max(0, min(depths, default=0) - 4)
