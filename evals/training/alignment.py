"""Labels laid on the words: which item of a message stands for which argument of which command.

The labels of a row are in the order said, so the message is cut into consecutive stretches, one per command, that hold
most of what the label names.
"""

from __future__ import annotations

from collections.abc import Sequence

from agent.understanding.grammar.items import Item
from agent.understanding.learned.anchors import Anchor, anchors, assign, fit
from evals.utterances.loading import Label

_EACH_ITEM = 0.02
"""What a stretch pays for an item, so that it ends where its words end."""


def tags(items: Sequence[Item], labels: Sequence[Label]) -> list[str]:
    """The tag of every item: "B-" at the first of a command, "I-" at its others, "O" for none."""
    found = ["O"] * len(items)
    wanted = [(label.name, anchors(label.args)) for label in labels]
    wanted = [(name, each) for name, each in wanted if each]
    for (name, each), (start, end) in zip(wanted, _stretches(items, [each for _, each in wanted]), strict=True):
        first = True
        for i, slot in sorted(assign(items, range(start, end), each).items()):
            found[i] = f"{'B' if first else 'I'}-{name}.{slot}"
            first = False
    return found


def _stretches(items: Sequence[Item], wanted: Sequence[Sequence[Anchor]]) -> list[tuple[int, int]]:
    """The best consecutive stretches ``[start, end)``, one for each command, by dynamic programming over their ends."""
    count = len(items)
    sums = []
    for each in wanted:
        line = [0.0]
        for item in items:
            line.append(line[-1] + max((fit(item, anchor) for anchor in each), default=0.0) - _EACH_ITEM)
        sums.append(line)
    best = [0.0] * (count + 1)
    steps: list[list[tuple[int, int]]] = []
    for line in sums:
        reached = float("-inf")
        following: list[float] = []
        step: list[tuple[int, int]] = []
        start = 0
        for end in range(count + 1):
            if best[end] - line[end] > reached:
                reached, start = best[end] - line[end], end
            worth, stretch = reached + line[end], (start, end)
            if following and following[-1] >= worth:
                worth, stretch = following[-1], step[-1]
            following.append(worth)
            step.append(stretch)
        best = following
        steps.append(step)
    out, end = [], count
    for step in reversed(steps):
        out.append(step[end])
        end = step[end][0]
    return out[::-1]
