"""The catalogue, and its editing by the desk."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from wtforms import FileField, Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional, Regexp

from tour import i18n
from tour.corner.catalogue import edit
from tour.corner.catalogue.files import word_of
from tour.corner.catalogue.models import Availability, Item, NeedKind, Picture, Space
from tour.corner.catalogue.question_form import apply_gesture, read_questions
from tour.corner.catalogue.questions import TYPES
from tour.corner.catalogue.search import Index
from tour.errors import NotFound, UserError
from tour.i18n import gettext as _
from tour.people.models import Role
from tour.tables.table import clean
from tour.web.bodies import takes
from tour.web.forms import blank_form
from tour.web.guard import for_roles
from tour.web.render import page
from tour.wording import N_

MOST_SHOWN = 200
MOST_BYTES = 1_000_000  # of a form, its picture included
FIELDS = (
    "name", "ref", "space", "kind", "description", "keywords", "synonyms", "availability", "delay_days",
)  # fmt: skip
kept: dict[tuple[Any, ...], Index] = {}


class ItemForm(Form):
    name = StringField(N_("Nom"), [InputRequired(), Length(max=120)])
    ref = StringField(
        N_("Référence"),
        [
            InputRequired(),
            Length(max=40),
            Regexp(
                "^[A-Za-z0-9._-]+$",
                message=N_("Des lettres sans accent, des chiffres, des tirets."),
            ),
        ],
    )
    space = SelectField(N_("Espace"))
    kind = SelectField(N_("Nature"))
    description = TextAreaField(N_("Description"), [Length(max=2000)])
    keywords = StringField(N_("Mots-clés"), [Length(max=250)])
    synonyms = StringField(N_("Synonymes"), [Length(max=250)])
    availability = SelectField(N_("Disponibilité"))
    delay_days = IntegerField(N_("Délai (jours)"), [Optional(), NumberRange(0, 365)])
    picture = FileField(N_("Image"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, kinds in (
            (self.space, Space),
            (self.kind, NeedKind),
            (self.availability, Availability),
        ):
            field.choices = [(one.value, _(word_of(one))) for one in kinds]


@for_roles(Role.PLANNER, Role.DESK)
async def list_items(request: Request) -> Response:
    """The catalogue by space, or the items found, best first."""
    asked = {name: request.query_params.get(name, "") for name in ("q", "space", "state")}
    items = await Item.filter(**wanted(asked)).order_by("space", "position", "name", "id")
    found = await search(items, asked) if asked["q"].strip() else items
    spaces = (
        [("", found[:MOST_SHOWN])]
        if asked["q"].strip()
        else [(s.value, [i for i in found[:MOST_SHOWN] if i.space == s]) for s in Space]
    )
    return page(
        request,
        "corner/catalogue/list.html",
        block="items",
        spaces=[(space, rows) for space, rows in spaces if rows],
        total=len(found),
        most=MOST_SHOWN,
        asked=asked,
        space_choices=list(Space),
    )


def wanted(asked: dict[str, str]) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    if asked["space"] in set(Space):
        rows["space"] = asked["space"]
    if asked["state"] != "all":
        rows["active"] = asked["state"] != "retired"
    return rows


async def search(items: list[Item], asked: dict[str, str]) -> list[Item]:
    """The items found. Their words are kept until the catalogue changes: reading them takes longer than searching."""
    mark = (await edit.catalogue_mark(), asked["space"], asked["state"])
    if mark not in kept:
        documents = [
            {
                "name": item.name,
                "keywords": f"{item.keywords} {item.synonyms} {item.ref}",
                "description": item.description,
            }
            for item in items
        ]
        index = await asyncio.to_thread(Index, documents)
        if len(kept) > 20:
            kept.clear()
        kept[mark] = index
    places = kept[mark].search(asked["q"], MOST_SHOWN).places
    return [items[place] for place in places]


@for_roles(Role.DESK)
async def new_item(request: Request) -> Response:
    return edit_page(request, None, blank_form(ItemForm), [])


@for_roles(Role.DESK)
@takes(MOST_BYTES)
async def create_item(request: Request) -> Response:
    return await save(request, None)


@for_roles(Role.PLANNER, Role.DESK)
async def show_item(request: Request) -> Response:
    item = await item_of(request)
    values = {name: getattr(item, name) for name in FIELDS}
    return edit_page(
        request, item, blank_form(ItemForm, **values), item.questions, needs=await needs_of(item)
    )


@for_roles(Role.DESK)
@takes(MOST_BYTES)
async def update_item(request: Request) -> Response:
    return await save(request, await item_of(request))


async def item_of(request: Request) -> Item:
    item = await Item.get_or_none(id=request.path_params["id"])
    if item is None:
        raise NotFound(_("Cet article n’existe pas."))
    return item


async def needs_of(item: Item) -> int:
    return await item.needs.filter(withdrawn=False).count()


async def save(request: Request, item: Item | None) -> Response:
    """« Enregistrer »; or one of the buttons that only change the questions on the page, and write nothing."""
    async with request.form(max_files=1) as data:
        form = ItemForm(formdata=data, meta={"locales": [i18n.language.get()]})
        asked = read_questions(data)
        gesture = str(data.get("do", "save"))
        if gesture != "save":
            asked = apply_gesture(asked, gesture)
            return edit_page(request, item, form, asked, touched=True)
        valid = form.validate()
        faults = edit.check_questions(asked)
        values: dict[str, Any] = {name: clean_value(form[name].data) for name in FIELDS}
        values["questions"] = asked if faults else [edit.tidy(question) for question in asked]
        try:
            values |= await picture_of(data)
            if valid and not faults:
                item = await edit.save_item(item, values)
                return RedirectResponse(
                    str(request.app.url_path_for("item", id=item.id)) + "?saved=1", status_code=303
                )
        except UserError as error:
            form[error.field].errors = [*form[error.field].errors, error.message]
    return edit_page(request, item, form, asked, faults=faults, status=422)


def clean_value(value: Any) -> Any:
    """Text without what databases refuse."""
    return clean(value) if isinstance(value, str) else value


async def picture_of(data: FormData) -> dict[str, str]:
    """The picture sent, kept; none when it is to be taken away; nothing when it stays."""
    upload = data.get("picture")
    if isinstance(upload, UploadFile) and upload.filename:
        return {"picture": await edit.keep_picture(await upload.read())}
    return {"picture": ""} if data.get("no_picture") else {}


def edit_page(
    request: Request,
    item: Item | None,
    form: ItemForm,
    asked: list[dict[str, Any]],
    *,
    faults: dict[int, str] | None = None,
    needs: int = 0,
    touched: bool = False,
    status: int = 200,
) -> Response:
    return page(
        request,
        "corner/catalogue/item.html",
        item=item,
        form=form,
        questions=asked,
        faults=faults or {},
        types=TYPES,
        needs=needs,
        touched=touched,
        may_edit=request.state.agent.has(Role.DESK),
        saved="saved" in request.query_params,
        status=status,
    )


@for_roles(Role.DESK)
async def create_retirement(request: Request) -> Response:
    """Takes the item off the catalogue."""
    return await with_state(request, active=False)


@for_roles(Role.DESK)
async def create_return(request: Request) -> Response:
    """Puts the item back in the catalogue."""
    return await with_state(request, active=True)


async def with_state(request: Request, *, active: bool) -> Response:
    item = await item_of(request)
    await edit.set_active(item, active=active)
    return RedirectResponse(request.app.url_path_for("item", id=item.id), status_code=303)


@for_roles(Role.DESK)
async def create_place(request: Request) -> Response:
    """One place up or down in its space."""
    item = await item_of(request)
    to = (await request.form()).get("to")
    if to not in ("up", "down"):
        raise HTTPException(422, _("Choisissez vers le haut ou vers le bas."))
    await edit.move(item, -1 if to == "up" else 1)
    address = request.app.url_path_for("catalogue")
    return RedirectResponse(f"{address}?space={item.space.value}#item-{item.id}", status_code=303)


async def show_picture(request: Request) -> Response:
    """A picture of the catalogue; its name says its bytes, so it never changes."""
    picture = await Picture.get_or_none(sha256=request.path_params["name"])
    if picture is None:
        raise HTTPException(404)
    return Response(
        picture.content,
        media_type=picture.media_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )


routes = [
    Route("/catalogue", list_items, name="catalogue"),
    Route("/catalogue", create_item, methods=["POST"]),
    Route("/catalogue/new", new_item, name="new_item"),
    Route("/catalogue/{id:uuid}", show_item, name="item"),
    Route("/catalogue/{id:uuid}", update_item, methods=["POST"]),
    Route(
        "/catalogue/{id:uuid}/retirement",
        create_retirement,
        methods=["POST"],
        name="item_retirement",
    ),
    Route("/catalogue/{id:uuid}/return", create_return, methods=["POST"], name="item_return"),
    Route("/catalogue/{id:uuid}/place", create_place, methods=["POST"], name="item_place"),
    Route("/field/pictures/{name}", show_picture, name="picture"),
]
