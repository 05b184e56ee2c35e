// The words of the page: messages, names of closed sets, numbers and dates as the page's language writes them.
"use strict";

window.Fanal = {};

(function () {
  const given = JSON.parse(document.getElementById("words").textContent);
  const whole = new Intl.NumberFormat(given.tag, { maximumFractionDigits: 0 });
  const short = new Intl.NumberFormat(given.tag, { maximumSignificantDigits: 3 });
  const tenth = new Intl.NumberFormat(given.tag, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(given.tag, { style: "percent", maximumFractionDigits: 0 });
  const day = new Intl.DateTimeFormat(given.tag, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const shortDay = new Intl.DateTimeFormat(given.tag, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
  const DAY = 86400000;

  // Return a message in the page's language, with {name} replaced by values.
  function t(message, values) {
    return (given.messages[message] || message).replace(/\{(\w+)\}/g, (place, name) => (values && name in values ? values[name] : place));
  }

  // Return the name of a member of a closed set; a value without a name as it is.
  function label(kind, value) {
    return (given.labels[kind] || {})[value] || value || "";
  }

  // Return an element with attributes and children; text is always text, never markup.
  function make(tag, attributes, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (name === "class") element.className = value;
      else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children.flat()) if (child !== null && child !== undefined) element.append(child);
    return element;
  }

  // Return an element of a drawing.
  function draw(tag, attributes) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    return element;
  }

  Object.assign(window.Fanal, {
    language: given.code,
    t,
    label,
    make,
    draw,
    whole: (value) => whole.format(value),
    short: (value) => (value < 0 ? "\u221e" : Math.abs(value) >= 100 ? whole.format(value) : short.format(value)),
    signed: (value) => (Math.abs(value) >= 1000 ? whole.format(value) : short.format(value)),
    tenth: (value) => tenth.format(value),
    percent: (value) => percent.format(value),
    day: (iso, add) => day.format(new Date(Date.parse(iso) + (add || 0) * DAY)),
    shortDay: (iso, add) => shortDay.format(new Date(Date.parse(iso) + (add || 0) * DAY)),
    listed: (names) => names.join(given.code === "ar" ? "\u060c " : ", "),
  });
})();
