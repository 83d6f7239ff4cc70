"""What rules add to things, gathered by the facts that the rules stand on."""

from __future__ import annotations

from librt.vecs import vec
from mypy_extensions import i16, i32


class Effects:
    """What rules add to what, by fact.

    The targets of a fact are the ``targets`` from ``first[fact]`` on, up to those of the next; what is added to
    ``targets[at]`` are ``amounts`` by the ``rules`` from ``start[at]`` on.
    """

    def __init__(self, of_facts: list[list[tuple[int, int, int]]]) -> None:
        """Take for each fact the effects of rules that stand on it, in order of the targets: target, amount, rule."""
        first, start = [0], [0]
        targets: list[int] = []
        ordered: list[tuple[int, int, int]] = []
        for effects in of_facts:
            for target in dict.fromkeys(target for target, _, _ in effects):
                ordered += [one for one in effects if one[0] == target]
                targets.append(target)
                start.append(len(ordered))
            first.append(len(targets))
        self.first, self.targets, self.start = vec[i32](first), vec[i16](targets), vec[i32](start)
        self.rules = vec[i16]([rule for _, _, rule in ordered])
        self.amounts = vec[i16]([amount for _, amount, _ in ordered])
