"""The page of sources: the bibliography, arranged by how far each was read."""

from __future__ import annotations

from service.knowledge.model import Source
from service.workbench.documents.markdown import bullets, escaped, heading, page
from service.workbench.documents.speech import Speech, source_anchor


def sources_page(speech: Speech) -> str:
    """Return the page with every source."""
    parts = [*speech.top("sources.md", speech.phrases.sources_title), speech.phrases.sources_intro]
    for reading in speech.rule_base.method.reading.values():
        found = [source for source in speech.rule_base.sources.values() if source.read == reading.id]
        if found:
            title = f"{speech.text(reading.label)} ({len(found)})"
            parts += [
                heading(2, title),
                speech.text(reading.definition),
                bullets(_source(one, speech) for one in found),
            ]
    return page(parts)


def _source(source: Source, speech: Speech) -> str:
    rules = [speech.rule(rule) for rule in speech.rule_base.rules if source.id in rule.sources]
    said = [f'<a id="{source_anchor(source.id)}"></a>{escaped(source.citation)} (`{source.id}`)']
    said += [" · ".join(f"<{address}>" for address in source.addresses)] if source.addresses else []
    said += [f"{speech.phrases.used_by}: {', '.join(rules)}"] if rules else []
    return "  \n  ".join(said)
