"""One HTML file with all that an assessment found: scores, causes, slices, calibration, and every error in its text.

It loads nothing and works from a disk. Needs matplotlib, which is an optional dependency.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from string import Template

from relex.assessment import Assessment
from relex.inline import embed, make_policy, read_asset
from relex.lettering import escape_visibly
from relex.markup import Style
from relex.page.details import draw_contrast, draw_invariance, draw_ladder, draw_reliability, draw_slices
from relex.page.errors import list_errors
from relex.page.sections import draw_causes, draw_key_figures, draw_levels, draw_types
from relex.page.tables import list_signatures
from relex.page.wording import FACT_CAUSES, KIND_NAMES, MENTION_CAUSES
from relex.version import __version__

__all__ = ["draw_page"]


@dataclass(frozen=True, slots=True)
class _Section:
    """A section of the page: its id, its heading, what it is about, and its content."""

    id: str
    heading: str
    note: str
    html: str


def draw_page(assessment: Assessment, *, title: str | None = None) -> str:
    """Return an assessment as one HTML page; `title` says what was scored on what."""
    report = assessment.report
    documents = (side for pair in (*assessment.pairs, *assessment.contrast_pairs) for side in pair.sides)
    style = Style.of(documents, report.schema)
    sections = list(_draw_sections(assessment, style))
    figures = draw_key_figures(report)
    content = "\n".join(map(_draw_section, sections))
    css, script = read_asset("palette.css") + read_asset("assessment.css"), read_asset("assessment.js")
    links = [(own.id, own.heading) for own in sections] + [("errors", "Errors"), ("signatures", "Signatures")]
    signatures = list_signatures(figures + content)
    heading = escape_visibly(title or "Evaluation")
    n_documents = len(report.documents)
    return Template(read_asset("assessment.html")).substitute(
        policy=make_policy(style=css, script=script),
        title=heading,
        css=css,
        kicker=f"{n_documents} document{'s' if n_documents != 1 else ''} · relex {escape_visibly(__version__)}",
        contents="".join(f'<li><a href="#{name}">{text}</a></li>' for name, text in links),
        figures=figures,
        sections=content,
        n_signatures=len(signatures),
        signatures="".join(f"<li>{escape_visibly(signature)}</li>" for signature in signatures),
        data=embed(list_errors(assessment, style) | _words()),
        script=script,
    )


def _draw_sections(assessment: Assessment, style: Style) -> Iterator[_Section]:
    report = assessment.report
    yield _Section("levels", "Scores by level", _SIGNED, draw_levels(report))
    yield _Section("mentions", "Mentions by type", "", draw_types(report, "mention", style))
    yield _Section("relations", "Relations by type", "", draw_types(report, "relation", style))
    yield _Section("causes", "Causes of errors", _CAUSES, draw_causes(assessment))
    if assessment.ladder is not None:
        yield _Section("ladder", "Oracle ladder", _LADDER, draw_ladder(assessment.ladder))
    slices = [
        f"<details{' open' if i == 0 else ''}><summary>{own.level}</summary>{draw_slices(own)}</details>"
        for i, own in enumerate(assessment.slices)
    ]
    yield _Section("slices", "Slices", _SLICES, "\n".join(slices))
    if assessment.reliability is not None:
        drawn = draw_reliability(assessment.reliability)
        yield _Section("reliability", "Reliability of scores", _RELIABILITY, drawn)
    else:
        yield _Section("reliability", "Reliability of scores", _UNSCORED, "")
    if assessment.contrast is not None:
        yield _Section("contrast", "Contrast sets", _CONTRAST, draw_contrast(assessment.contrast))
    if assessment.invariance:
        drawn = "\n".join(map(draw_invariance, assessment.invariance))
        yield _Section("invariance", "Invariance", _INVARIANCE, drawn)


def _draw_section(own: _Section) -> str:
    note = f'<p class="note">{own.note}</p>' if own.note else ""
    return f'<section id="{own.id}"><h2>{own.heading}</h2>{note}\n{own.html}</section>'


def _words() -> dict[str, object]:
    """Return what the script calls kinds and causes, and the classes of their swatches."""
    looks = {"facts": FACT_CAUSES, "mentions": MENTION_CAUSES, "contrast": FACT_CAUSES}
    causes = {
        of: {cause: {"text": look.description, "classes": look.classes} for cause, look in own.items()}
        for of, own in looks.items()
    }
    return {"kinds": dict(KIND_NAMES), "causes": causes}


_SIGNED = (
    "Each number tells its signature when pointed at: what was matched, averaged and measured. Intervals are 95 % "
    "intervals over documents; what lies inside them is noise. A click on a heading sorts."
)
_CAUSES = (
    "Every false positive and false negative has exactly one cause. Facts are counted with status. Numbers lead to the "
    "errors themselves."
)
_LADDER = (
    "The model is given more of the truth on each rung; what a rung gains over the one above is what the stage between "
    "them costs."
)
_SLICES = "Every fact and every mention falls into exactly one bin of a slicing. Small bins have wide intervals."
_RELIABILITY = (
    "How often predicted relations of a score are right, and how often what is kept is wrong if only the surest are "
    "kept. Exact scores would lie on the diagonal; ECE by chance is what they would have in so small a sample."
)
_UNSCORED = "The predicted relations have no scores, or some have none, or all the same, so there is nothing to judge."
_CONTRAST = (
    "Short texts in sets where a small change flips what they say. A set is right if every flipped fact is, in all of "
    "its texts."
)
_INVARIANCE = (
    "How much of the answers stays as it is under changes that should change nothing: of case, white space, marks, "
    "place in the text, batch size. Only texts that a change alters count, and for mentions and relations only those "
    "with any."
)
