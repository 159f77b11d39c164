// Searching the catalogue as people type: the same algorithm as tour/corner/catalogue/search.py, where its figures are explained.

/** @typedef {{name: string, keywords: string, description: string}} Searched */
/** @typedef {{places: number[], total: number}} Found */

const STOP = new Set(
  ("a au aux avec ce d dans de des du en est et il je l la le les ma mon ne ou par pas pour qu que qui s sa se son" +
    " sur un une").split(" "),
);
const [FIRST_OF_NAME, IN_NAME, IN_KEYWORDS, IN_DESCRIPTION] = [10, 8, 5, 2];
const [EXACT, BEGUN, MISTAKEN, BEGUN_MISTAKEN] = [100, 70, [0, 60, 40], [0, 35, 20]];
const MOST_WORDS = 8;
const COUNTS = 1_000_000;

/** Text without accents or capitals. @param {string} text */
export const fold = (text) =>
  text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase().replaceAll("œ", "oe").replaceAll("æ", "ae").replaceAll("ß", "ss");

/** @param {string} word */
const stem = (word) => (word.length > 3 && /[sx]$/.test(word) ? word.slice(0, -1) : word);

/** The words that count, without their plural; « Wi-Fi » is also « wifi ». @param {string} text */
export function terms(text) {
  const folded = fold(text);
  const words = (folded.match(/[a-z0-9]+/g) ?? []).filter((word) => !STOP.has(word));
  const compounds = folded.match(/[a-z0-9]+(?:-[a-z0-9]+)+/g) ?? [];
  return [...words, ...compounds.map((compound) => compound.replaceAll("-", ""))].map(stem);
}

/** @param {string} text */
function asked(text) {
  const words = fold(text).match(/[a-z0-9]+/g) ?? [];
  const counting = words.filter((word) => !STOP.has(word));
  return [...new Set((counting.length ? counting : words).map(stem))].slice(0, MOST_WORDS);
}

/** The words of documents; a document is known by its place in the list. */
export class Index {
  /** @param {Searched[]} documents */
  constructor(documents) {
    this.size = documents.length;
    /** @type {Map<string, number[]>} by word: place, worth, place, worth… */
    const worth = new Map();
    documents.forEach((document, place) => {
      for (const [word, weight] of weigh(document)) {
        const posting = worth.get(word);
        if (posting) posting.push(place, weight);
        else worth.set(word, [place, weight]);
      }
    });
    this.words = [...worth.keys()].sort();
    this.postings = this.words.map((word) => /** @type {number[]} */ (worth.get(word)));
    /** @type {Map<string, number[]>} */
    this.pairs = new Map();
    this.words.forEach((word, number) => {
      for (const pair of pairs(word)) {
        const numbers = this.pairs.get(pair);
        if (numbers) numbers.push(number);
        else this.pairs.set(pair, [number]);
      }
    });
  }

  /** Documents that have all the words, or when none has, those that have most of them. @param {string} text @param {number} [most] @param {(place: number) => boolean} [keep] @returns {Found} */
  search(text, most, keep) {
    const wanted = asked(text);
    /** @type {Map<number, number>} */
    const totals = new Map();
    wanted.forEach((word, placeOfWord) => {
      /** @type {Map<number, number>} */
      const best = new Map();
      for (const [number, merit] of this.matches(word, placeOfWord === wanted.length - 1)) {
        const posting = this.postings[number];
        for (let at = 0; at < posting.length; at += 2) {
          const score = merit * posting[at + 1];
          if (score > (best.get(posting[at]) ?? 0)) best.set(posting[at], score);
        }
      }
      for (const [place, score] of best) totals.set(place, (totals.get(place) ?? 0) + score + COUNTS);
    });
    if (keep) for (const place of [...totals.keys()]) if (!keep(place)) totals.delete(place);
    let highest = 0;
    for (const total of totals.values()) if (total > highest) highest = total;
    const count = Math.floor(highest / COUNTS);
    if (!wanted.length || count < Math.floor((wanted.length + 1) / 2)) return { places: [], total: 0 };
    const keys = [];
    for (const [place, total] of totals) {
      if (total >= count * COUNTS) keys.push((COUNTS * (MOST_WORDS + 1) - total) * this.size + place);
    }
    const sorted = Float64Array.from(keys).sort();
    return { places: Array.from(sorted.subarray(0, most ?? sorted.length), (key) => key % this.size), total: keys.length };
  }

  /** Words of the index that a word stands for, with what that is worth; mistakes only when nothing else. @param {string} word @param {boolean} last @returns {[number, number][]} */
  matches(word, last) {
    /** @type {[number, number][]} */
    const found = [];
    let number = this.firstFrom(word);
    if (word.length > 1 || last) {
      for (; number < this.words.length && this.words[number].startsWith(word); number += 1) {
        found.push([number, this.words[number] === word ? EXACT : BEGUN]);
      }
    } else if (this.words[number] === word) found.push([number, EXACT]);
    return found.length ? found : this.mistaken(word);
  }

  /** Where a word stands, or would. @param {string} word */
  firstFrom(word) {
    let [low, high] = [0, this.words.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.words[middle] < word) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param {string} word @returns {[number, number][]} */
  mistaken(word) {
    const mistakes = word.length < 4 ? 0 : word.length < 8 ? 1 : 2;
    if (!mistakes) return [];
    const shared = new Uint8Array(this.words.length);
    for (const pair of pairs(word)) for (const number of this.pairs.get(pair) ?? []) shared[number] += 1;
    const least = Math.max(1, word.length - 2 * mistakes - 1);
    /** @type {[number, number][]} */
    const found = [];
    shared.forEach((count, number) => {
      if (count < least) return;
      const [whole, begun] = distances(word, this.words[number], mistakes);
      if (whole <= mistakes) found.push([number, MISTAKEN[whole]]);
      else if (begun <= mistakes) found.push([number, BEGUN_MISTAKEN[begun]]);
    });
    return found;
  }
}

/** The words of a document, with what each is worth there. @param {Searched} document @returns {Map<string, number>} */
function weigh(document) {
  /** @type {Map<string, number>} */
  const worth = new Map();
  const parts = /** @type {[number, string][]} */ ([[IN_NAME, document.name], [IN_KEYWORDS, document.keywords], [IN_DESCRIPTION, document.description]]);
  for (const [weight, text] of parts) {
    terms(text).forEach((word, place) => {
      const here = weight === IN_NAME && place === 0 ? FIRST_OF_NAME : weight;
      worth.set(word, Math.max(worth.get(word) ?? 0, here));
    });
  }
  return worth;
}

/** Each two letters that follow each other, the beginning being one; each once. @param {string} word */
function pairs(word) {
  const marked = `^${word}`;
  const found = new Set();
  for (let at = 0; at < word.length; at += 1) found.add(marked.slice(at, at + 2));
  return found;
}

/** How far `other`, and its beginning, are from `word` (optimal string alignment). @param {string} word @param {string} other @param {number} most @returns {[number, number]} */
function distances(word, other, most) {
  const size = word.length;
  /** @type {number[]} */
  let before = [];
  let row = Array.from({ length: size + 1 }, (_nothing, at) => at);
  let begun = row[size];
  for (let place = 1; place <= Math.min(other.length, size + most); place += 1) {
    const letter = other[place - 1];
    const fresh = [place];
    for (let at = 1; at <= size; at += 1) {
      let step = Math.min(row[at] + 1, fresh[at - 1] + 1, row[at - 1] + (word[at - 1] === letter ? 0 : 1));
      if (at > 1 && place > 1 && word[at - 1] === other[place - 2] && word[at - 2] === letter) step = Math.min(step, before[at - 2] + 1);
      fresh.push(step);
    }
    before = row;
    row = fresh;
    begun = Math.min(begun, row[size]);
  }
  return [other.length <= size + most ? row[size] : most + 1, begun];
}

/** Whether two texts speak of the same thing: most of the words of the shorter one are in the other. @param {string} one @param {string} other */
export function alike(one, other) {
  const [mine, theirs] = [new Set(terms(one)), new Set(terms(other))];
  const shared = [...mine].filter((word) => theirs.has(word)).length;
  return shared >= 2 && shared * 5 >= Math.min(mine.size, theirs.size) * 3;
}
