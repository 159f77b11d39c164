// The questions of a catalogue item: the same rules as tour/corner/catalogue/questions.py.
import words_table from "../../tour/words.json";
import { _, spoken } from "./i18n.js";

/** @typedef {{id: string, label: string, type: string, required?: boolean, help?: string, choices?: string[], min?: number | null, max?: number | null}} Question */
/** @typedef {Record<string, any>} Answers */

export const PREFIX = "answers.";
/** @type {Record<string, number>} */
const LONGEST = { text: 250, long: 4000 };
const FURTHEST = 999_999_999;
const NUMBER = /^-?[0-9]{1,9}([.,][0-9]{1,3})?$/;
const DAY = /^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$/;

/** What a form answers. @param {Question[]} questions @param {Record<string, string>} form @returns {Answers} */
export function readAnswers(questions, form) {
  /** @type {Answers} */
  const answers = {};
  for (const question of questions) {
    const value = readAnswer(question, form[PREFIX + question.id] ?? "");
    if (value !== "" && !(Array.isArray(value) && !value.length)) answers[question.id] = value;
  }
  return answers;
}

/** @param {Question} question @param {string} text @returns {any} */
function readAnswer({ type, choices = [] }, text) {
  text = text.replaceAll("\r\n", "\n").replace(/^[ \t\n\r\u00a0\u202f]+|[ \t\n\r\u00a0\u202f]+$/g, "");
  if (type === "number" && NUMBER.test(text)) return Number(text.replace(",", ".")) + 0; // never a negative zero
  if (type === "yes_no" && (text === "yes" || text === "no")) return text === "yes";
  if (type !== "several") return text;
  const ticked = text.split("\n");
  const known = choices.filter((choice) => ticked.includes(choice));
  return [...known, ...ticked.filter((other) => other && !known.includes(other))];
}

/** What is wrong, by `answers.ID`. @param {Question[]} questions @param {Answers} answers @returns {Record<string, string>} */
export function checkAnswers(questions, answers) {
  /** @type {Record<string, string>} */
  const faults = {};
  for (const name of Object.keys(answers)) {
    if (!questions.some(({ id }) => id === name)) faults[PREFIX + name] = _("Cette question n’est pas de cet article.");
  }
  for (const question of questions) {
    const missing = question.required ? _("Ce renseignement manque.") : "";
    const why = Object.hasOwn(answers, question.id) ? wrong(question, answers[question.id]) : missing;
    if (why) faults[PREFIX + question.id] = why;
  }
  return faults;
}

/** Why an answer does not fit its question. @param {Question} question @param {any} value @returns {string} */
function wrong(question, value) {
  const { type, choices = [] } = question;
  if (type === "number") return wrongNumber(question, value);
  if (type === "yes_no") return typeof value === "boolean" ? "" : _("Répondez par oui ou par non.");
  if (type === "several") {
    const fits = Array.isArray(value) && value.length && value.every((choice) => choices.includes(choice));
    return fits ? "" : _("Choisissez dans la liste.");
  }
  if (typeof value !== "string") return _("Valeur illisible.");
  if (type === "choice" && !choices.includes(value)) return _("Choisissez dans la liste.");
  if (type === "date" && !isDay(value)) return _("Écrivez une date qui existe.");
  if (Object.hasOwn(LONGEST, type) && [...value].length > LONGEST[type]) return _("%(max)s caractères au plus.", { max: LONGEST[type] });
  return "";
}

/** @param {Question} question @param {any} value */
function wrongNumber({ min, max }, value) {
  if (typeof value !== "number") return _("Écrivez un nombre.");
  const [least, most] = [min ?? -FURTHEST, max ?? FURTHEST];
  if (!(value >= least && value <= most)) return _("Un nombre de %(min)s à %(max)s.", { min: least, max: most });
  return Math.floor(value * 1000 + 0.5) / 1000 === value ? "" : _("Trois décimales au plus.");
}

/** @param {string} value */
function isDay(value) {
  if (!DAY.test(value)) return false;
  const at = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(at.valueOf()) && at.toISOString().startsWith(value);
}

/** The questions as a form shows them. @param {Question[]} questions @param {any} answers @param {Record<string, string>} errors */
export function asked(questions, answers, errors) {
  const given = typeof answers === "object" && answers !== null && !Array.isArray(answers) ? answers : {};
  return questions.map((question) => {
    const name = PREFIX + question.id;
    const answer = Object.hasOwn(given, question.id) ? given[question.id] : "";
    const ticked = Array.isArray(answer) ? answer : [answer];
    return {
      ...{ name, label: question.label, type: question.type, help: question.help ?? "", required: Boolean(question.required) },
      choices: (question.choices ?? []).map((value) => ({ value, ticked: ticked.includes(value) })),
      value: typed(answer),
      error: errors[name] ?? "",
    };
  });
}

/** An answer as a form's field holds it. @param {any} answer */
function typed(answer) {
  if (typeof answer === "boolean") return answer ? "yes" : "no";
  if (typeof answer === "number") return spoken() === "fr" ? String(answer).replace(".", ",") : String(answer);
  return typeof answer === "string" ? answer : "";
}

/** The questions that have an answer, and the answer in words. @param {Question[]} questions @param {Answers} answers */
export const answered = (questions, answers) =>
  questions.filter(({ id }) => Object.hasOwn(answers, id)).map((question) => ({ label: question.label, text: inWords(question, answers[question.id]) }));

/** @param {Question} question @param {any} answer */
function inWords({ type }, answer) {
  const { words, months } = words_table[spoken()];
  if (typeof answer === "boolean") return words[answer ? "yes" : "no"];
  if (Array.isArray(answer)) return answer.filter((part) => typeof part === "string").join(", ");
  if (type === "date" && typeof answer === "string" && isDay(answer)) {
    const day = new Date(`${answer}T12:00:00Z`);
    const first = spoken() === "fr" && day.getUTCDate() === 1;
    return `${first ? "1er" : day.getUTCDate()} ${months[day.getUTCMonth()]} ${day.getUTCFullYear()}`;
  }
  return typed(answer);
}
