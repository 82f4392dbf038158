"""PTX text as instructions."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Instruction:
    """`@!%p3 setp.lt.s32 a, b, c;`: its predicate, negated or not, the words of the operation, its operands."""

    predicate: str | None
    negated: bool
    words: tuple[str, ...]
    operands: tuple[str, ...]
    text: str

    @property
    def kind(self) -> str:
        """The type that it ends with."""
        return self.words[-1]


@dataclass(frozen=True)
class Program:
    """One kernel: its parameters in order, the threads of a block, its code and where its labels stand."""

    parameters: tuple[str, ...]
    threads: int
    code: tuple[Instruction, ...]
    labels: dict[str, int]


def parse(ptx: str) -> Program:
    """The kernel of a module that holds one."""
    body = ptx[ptx.index(".entry") :]
    head, _, rest = body.partition("{")
    parameters = re.findall(r"\.param \.\w+(?: \.ptr[ .\w]*)? (\w+_param_\d+)", head)
    threads = re.search(r"\.(?:reqntid|maxntid) (\d+)", head)
    code, labels = [], {}
    for statement in statements(rest.partition("\n}\n")[0]):
        label, statement = re.fullmatch(r"(?:(\$?[\w$]+):)?\s*(.*)", statement).groups()
        if label:
            labels[label] = len(code)
        if statement:
            code.append(instruction(statement))
    return Program(tuple(parameters), int(threads[1]), tuple(code), labels)


def statements(text: str) -> list[str]:
    """Labels with what follows them, and instructions; declarations and the braces of scopes left out."""
    found = []
    for line in text.split("\n"):
        line = line.partition("//")[0].strip()
        if line.startswith((".loc", ".reg", ".pragma", ".file", ".shared")):
            continue
        for part in re.split(r"(?<=;)", line):
            part = re.sub(r"^\{\s*(?=\.reg)|^\}\s*", "", part.strip())
            if part and part != "{" and not part.startswith(".reg"):
                found.append(part)
    return found


def instruction(text: str) -> Instruction:
    match = re.fullmatch(r"(?:@(!?)(%p\d+)\s+)?([\w.:]+)\s*(.*?);?", text)
    if match is None:
        raise NotImplementedError(text)
    negated, predicate, name, operands = match.groups()
    return Instruction(predicate, negated == "!", tuple(name.split(".")), split(operands), text)


def split(operands: str) -> tuple[str, ...]:
    """At commas, but those within braces and brackets."""
    return tuple(one.strip() for one in re.split(r",(?![^{]*\})(?![^\[]*\])", operands) if one.strip())
