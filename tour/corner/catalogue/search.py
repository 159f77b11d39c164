"""Searching the catalogue as people type: no accents, plurals, words begun, typing mistakes, synonyms.

The same algorithm in JavaScript, static/sw/search.js, gives the same answers on the tablet: whole numbers and ASCII words
only, so that nothing depends on the engine. A parity test compares them.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MARKS = re.compile("[\u0300-\u036f]")
WORD = re.compile("[a-z0-9]+")
COMPOUND = re.compile("[a-z0-9]+(?:-[a-z0-9]+)+")
STOP = frozenset(
    [
        "a",
        "au",
        "aux",
        "avec",
        "ce",
        "d",
        "dans",
        "de",
        "des",
        "du",
        "en",
        "est",
        "et",
        "il",
        "je",
        "l",
        "la",
        "le",
        "les",
        "ma",
        "mon",
        "ne",
        "ou",
        "par",
        "pas",
        "pour",
        "qu",
        "que",
        "qui",
        "s",
        "sa",
        "se",
        "son",
        "sur",
        "un",
        "une",
    ]
)
# What a word is worth, by where it stands.
FIRST_OF_NAME, IN_NAME, IN_KEYWORDS, IN_DESCRIPTION = 10, 8, 5, 2
# What a match is worth: the word itself, a word begun, a word (or the beginning of one) with one or two mistakes.
EXACT, BEGUN, MISTAKEN, BEGUN_MISTAKEN = 100, 70, (0, 60, 40), (0, 35, 20)
MOST_WORDS = 8
COUNTS = 1_000_000  # one more word found outweighs whatever the others are worth


def fold(text: str) -> str:
    """Text without accents or capitals."""
    plain = MARKS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return plain.replace("œ", "oe").replace("æ", "ae").replace("ß", "ss")


def stem(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def terms(text: str) -> list[str]:
    """The words that count, without their plural; « Wi-Fi » is also « wifi »."""
    folded = fold(text)
    words = [word for word in WORD.findall(folded) if word not in STOP]
    words += [compound.replace("-", "") for compound in COMPOUND.findall(folded)]
    return [stem(word) for word in words]


def asked(text: str) -> list[str]:
    """The words a person looks for; « il » alone is looked for too."""
    folded = fold(text)
    words = WORD.findall(folded)
    wanted = [word for word in words if word not in STOP] or words
    return list(dict.fromkeys(stem(word) for word in wanted))[:MOST_WORDS]


@dataclass(frozen=True)
class Found:
    """Places of the documents found, best first, and how many there are in all."""

    places: list[int]
    total: int


class Index:
    """The words of documents (``name``, ``keywords``, ``description``); a document is known by its place in the list."""

    def __init__(self, documents: Sequence[Mapping[str, Any]]) -> None:
        self.size = len(documents)
        worth: dict[str, dict[int, int]] = {}
        for place, document in enumerate(documents):
            for word, weight in weigh(document).items():
                worth.setdefault(word, {})[place] = weight
        self.words = sorted(worth)
        self.postings = [list(worth[word].items()) for word in self.words]
        self.pairs: dict[str, list[int]] = {}
        for number, word in enumerate(self.words):
            for pair in pairs(word):
                self.pairs.setdefault(pair, []).append(number)

    def search(
        self, text: str, most: int | None = None, keep: Callable[[int], bool] | None = None
    ) -> Found:
        """Documents that have all the words, or when none has, those that have most of them (half at least)."""
        wanted = asked(text)
        totals: dict[int, int] = {}
        for place_of_word, word in enumerate(wanted):
            last = place_of_word == len(wanted) - 1
            best: dict[int, int] = {}
            for number, merit in self.matches(word, last):
                for place, weight in self.postings[number]:
                    score = merit * weight
                    if score > best.get(place, 0):
                        best[place] = score
            for place, score in best.items():
                totals[place] = totals.get(place, 0) + score + COUNTS
        if keep:
            totals = {place: total for place, total in totals.items() if keep(place)}
        count = max(totals.values(), default=0) // COUNTS
        if not wanted or count < (len(wanted) + 1) // 2:
            return Found([], 0)
        # One number by which the best sort first, and the earlier of two that are worth the same.
        keys = [
            (COUNTS * (MOST_WORDS + 1) - total) * self.size + place
            for place, total in totals.items()
            if total >= count * COUNTS
        ]
        first = sorted(keys) if most is None else heapq.nsmallest(most, keys)
        return Found([key % self.size for key in first], len(keys))

    def matches(self, word: str, last: bool) -> list[tuple[int, int]]:
        """Words of the index that a word stands for, by number, with what that is worth; mistakes only when nothing else."""
        found = []
        if len(word) > 1 or last:
            number = bisect_left(self.words, word)
            while number < len(self.words) and self.words[number].startswith(word):
                found.append((number, EXACT if self.words[number] == word else BEGUN))
                number += 1
        elif (number := bisect_left(self.words, word)) < len(self.words):
            found = [(number, EXACT)] if self.words[number] == word else []
        return found or self.mistaken(word)

    def mistaken(self, word: str) -> list[tuple[int, int]]:
        mistakes = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        if not mistakes:
            return []
        shared: dict[int, int] = {}
        for pair in pairs(word):
            for number in self.pairs.get(pair, ()):
                shared[number] = shared.get(number, 0) + 1
        # A mistake spoils two pairs, letters swapped three.
        least = max(1, len(word) - 2 * mistakes - 1)
        found = []
        for number in sorted(number for number, count in shared.items() if count >= least):
            whole, begun = distances(word, self.words[number], mistakes)
            if whole <= mistakes:
                found.append((number, MISTAKEN[whole]))
            elif begun <= mistakes:
                found.append((number, BEGUN_MISTAKEN[begun]))
        return found


def weigh(document: Mapping[str, Any]) -> dict[str, int]:
    """The words of a document, with what each is worth there."""
    worth: dict[str, int] = {}
    parts = (
        (IN_NAME, document["name"]),
        (IN_KEYWORDS, document["keywords"]),
        (IN_DESCRIPTION, document["description"]),
    )
    for weight, text in parts:
        for place, word in enumerate(terms(text)):
            here = FIRST_OF_NAME if weight == IN_NAME and place == 0 else weight
            worth[word] = max(worth.get(word, 0), here)
    return worth


def pairs(word: str) -> Iterable[str]:
    """Each two letters that follow each other, the beginning being one: « ^c », « cl », « la »…; each once."""
    marked = "^" + word
    return dict.fromkeys(marked[at : at + 2] for at in range(len(word)))


def distances(word: str, other: str, most: int) -> tuple[int, int]:
    """How many letters to change, add, drop or swap to make ``other`` of ``word``, and to make its beginning.

    Optimal string alignment; figures above ``most`` only say that they are above.
    """
    size = len(word)
    far = most + 1
    before: list[int] = []
    row = list(range(size + 1))
    begun = row[size]
    for place in range(1, min(len(other), size + most) + 1):
        letter = other[place - 1]
        fresh = [place]
        for at in range(1, size + 1):
            step = min(
                row[at] + 1, fresh[at - 1] + 1, row[at - 1] + (0 if word[at - 1] == letter else 1)
            )
            if at > 1 and place > 1 and word[at - 1] == other[place - 2] and word[at - 2] == letter:
                step = min(step, before[at - 2] + 1)
            fresh.append(step)
        before, row = row, fresh
        begun = min(begun, row[size])
        if min(row) > most and min(before) >= most:
            return far, min(begun, far)  # nothing further on can be nearer
    return (row[size] if len(other) <= size + most else far), begun
