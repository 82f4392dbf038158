"""What a table decides, in sentences that its numbers allow; with a picture and the table it is a section of a page."""

from collections.abc import Iterator

from snnexp.tables import markdown, words
from snnexp.tables.base import Table
from snnexp.tables.statistics import POWER
from snnexp.tables.verdict import Contrast


def put(table: Table) -> str:
    """Write the section: the verdicts, the picture of `scripts/evidence` where there are runs, and the table."""
    name, picture = table.spec.name, f"evidence-{table.spec.name}-{table.spec.scale}.png"
    parts = ["\n".join(f"- {each}" for each in sentences(table))]
    if any(line.seeds for line in table.lines):
        parts.append(f"![Each run of {name}: what the potentials do, against accuracy]({picture})")
    return "\n\n".join([*parts, markdown.put(words.put(table))])


def sentences(table: Table) -> Iterator[str]:
    """Say of each primary comparison what was found, what could have been, and what else differs."""
    for each in table.contrasts:
        if each.judged:
            yield f"**{each.name} against {each.against}**: {in_words(each)}{beside(table, each)}."


def beside(table: Table, contrast: Contrast) -> str:
    """Say by what else two rows differ, without a word for it."""
    pair = contrast.name, contrast.against
    others = [each for each in table.contrasts if (each.name, each.against) == pair and not each.judged]
    found = [f"{each.metric.title} {words.difference(each, each.found)}" for each in others if each.found]
    return f". Beside it: {', '.join(found)}" if found else ""


def in_words(contrast: Contrast) -> str:
    """Say what a comparison found; of one that shows no difference, the smallest that it would have shown."""
    found, judged, digits = contrast.found, contrast.judged, contrast.metric.digits
    if found is None or judged is None:
        return "not measured yet"
    text = f"{words.difference(contrast, found)} points of accuracy, {contrast.verdict}"
    if judged.shown or judged.detectable is None:
        return text
    power = f"a true difference of {judged.detectable:.{digits}f} points would be shown with a probability of {POWER:g}"
    return f"{text}; with these seeds and their spread {power}"
