// Forms of the page « Qui tient la tablette ? »: taking the tablet, its PIN, locking.
import { _, ngettext } from "./i18n.js";
import { changePin, choosePin, holding, lock, removePin, takeUp, unlock } from "./vault.js";

/** @typedef {Record<string, string>} Form */
/** @typedef {{back: string, errors?: Record<string, string>}} Outcome where to go; or what is wrong with the form */
/** @typedef {import("./vault.js").Attempt} Attempt */

const PAGE = "/field/people";

/** @param {string} id the person @param {string} what @param {Form} form @returns {Promise<Outcome>} */
export async function takePerson(id, what, form) {
  const back = form.back || "/field/";
  if (what === "session") return "pin" in form ? said(await unlock(id, form.pin), "pin", back) : (await takeUp(id)) ? { back } : { back: PAGE };
  if (what === "removal") return said(await removePin(id, form.old_pin ?? ""), "old_pin", `${PAGE}?noted=removed`);
  const errors = faultOf(form);
  if (Object.keys(errors).length) return { back, errors };
  if (what === "pin" && "old_pin" in form) return said(await changePin(id, form.old_pin, form.pin), "old_pin", `${PAGE}?noted=pin`);
  if (what === "pin") return (await choosePin(id, form.pin)) ? { back: `${PAGE}?noted=pin` } : { back: PAGE };
  return { back: PAGE };
}

/** « Verrouiller ». @returns {Promise<Outcome>} */
export async function lockNow() {
  await lock();
  return { back: PAGE };
}

/** The old form that only names who writes. @param {string} name @returns {Promise<Outcome>} */
export async function takeByName(name) {
  const { team } = await holding();
  const person = team.find((person) => person.name === name);
  return (await takeUp(person?.id ?? "")) ? { back: "/field/prepare" } : { back: person ? `${PAGE}?who=${person.id}` : PAGE };
}

/** What is wrong with a new PIN. @param {Form} form @returns {Record<string, string>} */
function faultOf({ pin = "", pin_again = "" }) {
  if (!/^[0-9]{4,8}$/.test(pin)) return { pin: _("De 4 à 8 chiffres.") };
  if (/^(.)\1*$/.test(pin) || "0123456789".includes(pin) || "9876543210".includes(pin)) {
    return { pin: _("Ce code est trop facile à deviner.") };
  }
  return pin === pin_again ? {} : { pin_again: _("Les deux codes ne sont pas les mêmes.") };
}

/** @param {Attempt} attempt @param {string} field @param {string} back @returns {Outcome} */
function said(attempt, field, back) {
  if (attempt.done) return { back };
  return { back, errors: { [field]: attempt.wait ? waiting(attempt.wait) : _("Ce n’est pas le bon code.") } };
}

/** @param {number} seconds */
export function waiting(seconds) {
  const minutes = Math.ceil(seconds / 60);
  const when =
    seconds < 100 ? ngettext("%(num)s seconde", "%(num)s secondes", seconds) : ngettext("%(num)s minute", "%(num)s minutes", minutes);
  return _("Trop d’essais : attendez %(when)s avant le prochain.", { when });
}
