/**
 * Makes an element. Children that are strings become nodes of text: nothing is ever read as HTML.
 *
 * @param {string} name
 * @param {Object<string, any>} attributes attributes by name; functions listen to the event of
 *     their name, and true and false set and leave out an attribute
 * @param {...(Node|string|null)} children
 */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Makes an element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(key, value);
    } else if (key === "value") {
      element.value = value;
    } else if (value === true) {
      element.setAttribute(key, "");
    } else if (value !== false && value != null) {
      element.setAttribute(key, value);
    }
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

/** The element of the document with an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A number for people: three digits that count. */
export function short(number) {
  return Number.isFinite(number) ? String(Number(number.toPrecision(3))) : "–";
}

/** The beginning of a text, cut between characters and not inside of one. */
export function excerpt(text, length) {
  const characters = Array.from(text.slice(0, 2 * length));
  return characters.length <= length && text.length <= 2 * length
    ? text
    : characters.slice(0, length).join("") + "…";
}
