"""Searching as people type; that the tablet finds the same is in tests/field/test_the_same_search.py."""

from __future__ import annotations

import pytest

from tour.corner.catalogue.search import Index, distances, terms
from tour.demo.files import read_json

ITEMS = [{"keywords": item["keywords"], **item} for item in read_json("catalogue")]
INDEX = Index(ITEMS)


def first(text: str) -> str:
    found = INDEX.search(text, 1).places
    return ITEMS[found[0]]["name"] if found else ""


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("clavier", "Clavier défectueux"),
        ("CLAVIÉ", "Clavier défectueux"),
        ("claviers cassés", "Clavier défectueux"),
        ("clvaier", "Clavier défectueux"),
        ("ecran noir", "Écran noir ou qui clignote"),
        ("impriment", "Imprimante en panne"),
        ("wifi", "Wi-Fi faible ou absent"),
        ("mot de pase", "Mot de passe oublié ou compte bloqué"),
        ("ordi lent", "Ordinateur très lent"),
        ("azerty", "Clavier défectueux"),  # a keyword, nowhere in the name
    ],
)
def test_what_people_type_finds_what_they_mean(typed: str, name: str) -> None:
    assert first(typed) == name


def test_nothing_of_the_kind_finds_nothing() -> None:
    assert INDEX.search("zzzzzz").places == []
    assert INDEX.search("").places == []
    assert INDEX.search("  -- ").places == []


def test_when_no_item_has_all_the_words_those_with_most_of_them_are_shown() -> None:
    assert first("clavier zzzzzz") == "Clavier défectueux"
    assert first("clavier zzzzzz yyyyyy") == ""


def test_a_name_is_worth_more_than_a_description() -> None:
    index = Index(
        [
            {"name": "Table", "keywords": "", "description": "pour un écran"},
            {"name": "Bras", "keywords": "écran", "description": ""},
            {"name": "Grand écran", "keywords": "", "description": ""},
            {"name": "Écran", "keywords": "", "description": ""},
        ]
    )
    assert index.search("écran").places == [3, 2, 1, 0]
    assert index.search("écran", 1).total == 4
    assert index.search("écran", keep=lambda place: place < 2).places == [1, 0]


def test_words_without_accents_plurals_or_little_words() -> None:
    assert terms("Les Écrans d’Accueil, au Wi-Fi") == ["ecran", "accueil", "wi", "fi", "wifi"]


@pytest.mark.parametrize(
    ("word", "other", "whole", "begun"),
    [
        ("clavier", "clavier", 0, 0),
        ("clvaier", "clavier", 1, 1),
        ("clavie", "clavier", 1, 0),
        ("imprimeur", "imprimante", 3, 3),
        ("souris", "ecran", 3, 3),
    ],
)
def test_letters_between_two_words(word: str, other: str, whole: int, begun: int) -> None:
    found = distances(word, other, 2)
    assert (min(found[0], 3), min(found[1], 3)) == (whole, begun)
