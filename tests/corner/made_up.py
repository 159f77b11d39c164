"""A catalogue of any size, made up from words that a Département's desk would use, and what people type to search it."""

from __future__ import annotations

import random
from typing import Any

THINGS = ["clavier", "souris", "écran", "imprimante", "ordinateur", "portable", "téléphone", "tablette", "casque", "webcam", "vidéoprojecteur", "scanner", "badge", "câble", "batterie", "chargeur", "routeur", "borne-Wi-Fi", "serveur", "dossier", "messagerie", "agenda", "logiciel", "licence", "formation", "atelier", "salle", "visioconférence", "signature", "mot-de-passe", "antivirus", "sauvegarde", "réseau", "prise", "station-d’accueil", "disque", "clé-USB", "imprimante-3D", "drone", "caméra", "micro", "enceinte", "tableau", "copieur", "toner", "papier", "fauteuil", "lampe", "multiprise"]  # fmt: skip
STATES = ["défectueux", "cassé", "lent", "bloqué", "perdu", "neuf", "supplémentaire", "partagé", "sans-fil", "filaire", "ergonomique", "grand", "petit", "portatif", "ancien", "bruyant", "illisible", "introuvable", "réservé", "mobile", "professionnel", "couleur", "noir", "recto-verso", "sécurisé", "chiffré", "temporaire", "permanent", "urgent", "collectif", "individuel"]  # fmt: skip
PLACES = ["accueil", "secrétariat", "atelier", "garage", "réfectoire", "bibliothèque", "collège", "médiathèque", "crèche", "antenne", "direction", "chantier", "port", "parc", "musée", "archives", "laboratoire", "internat", "gymnase", "standard", "guichet", "couloir", "étage", "annexe", "sous-sol", "véhicule", "domicile"]  # fmt: skip
SYLLABLES = ["ba", "be", "bi", "bo", "ca", "co", "da", "de", "do", "fa", "fe", "fi", "ga", "go", "la", "le", "li", "lo", "ma", "me", "mi", "mo", "na", "ne", "no", "pa", "pe", "pi", "po", "ra", "re", "ri", "ro", "sa", "se", "si", "so", "ta", "te", "ti", "to", "va", "ve", "vi", "vo"]  # fmt: skip


def catalogue(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """Documents with the fields that a search reads; one word in five belongs to one item only, as model names do."""
    dice = random.Random(seed)

    def model() -> str:
        return "".join(dice.choices(SYLLABLES, k=dice.randint(2, 4))).capitalize()

    return [
        {
            "name": " ".join([dice.choice(THINGS), dice.choice(STATES), model()]),
            "keywords": ", ".join([*dice.sample(THINGS + STATES, 3), model()]),
            "description": " ".join(
                [
                    "Pour",
                    "le",
                    dice.choice(PLACES),
                    "ou",
                    "la",
                    dice.choice(PLACES),
                    ":",
                    *dice.choices(STATES, k=4),
                ]
            ),
        }
        for _ in range(count)
    ]


def spoiled(word: str, dice: random.Random) -> str:
    """A word as typed in haste: one letter changed, dropped, doubled or swapped."""
    if len(word) < 4:
        return word
    at = dice.randrange(1, len(word) - 1)
    return dice.choice(
        [
            word[:at] + dice.choice("aeioust") + word[at + 1 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        ]
    )


def typed(count: int, seed: int = 2) -> list[str]:
    """What people type: words, words begun, plurals, capitals, no accents, mistakes, two or three words."""
    dice = random.Random(seed)
    queries = []
    for _ in range(count):
        words = dice.choices(THINGS + STATES + PLACES, k=dice.choice([1, 1, 1, 2, 2, 3]))
        manner = dice.randrange(5)
        words = [
            spoiled(word, dice) if manner == 0 else word + "s" if manner == 1 else word
            for word in words
        ]
        text = " ".join(words)
        queries.append(
            text[: dice.randint(2, len(text))]
            if manner == 2
            else text.upper()
            if manner == 3
            else text
        )
    return queries
