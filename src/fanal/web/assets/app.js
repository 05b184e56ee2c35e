// The page at work: what is chosen, and every part of the page that shows it.
"use strict";

(function () {
  const F = window.Fanal;
  const { t, make, draw, figures } = F;
  const $ = (id) => document.getElementById(id);
  const STEP = 900; // milliseconds of a week while playing
  const TOP = 10; // of the index
  const state = { week: figures.opens, area: null, group: figures.groups[0] ?? null, colour: "hotspots" };
  let map = null;
  let playing = null;

  document.documentElement.classList.add("js");

  // 1. What can be chosen.

  function colours() {
    const select = $("colour");
    if (figures.has.hotspots) select.append(make("option", { value: "hotspots" }, t("Hotspots")));
    for (const group of figures.groups)
      select.append(make("option", { value: "index:" + group }, t("Risk index: {group}", { group: F.label("group", figures.group(group)) })));
    for (const signal of figures.signals)
      select.append(make("option", { value: "counts:" + signal }, t("Signals: {signal}", { signal: F.panel.signalName(signal) })));
    state.colour = select.value || "none";
  }

  function areaList() {
    const byParent = new Map();
    for (const area of figures.chosen) {
      const parent = figures.parent(area);
      if (!byParent.has(parent)) byParent.set(parent, []);
      byParent.get(parent).push(area);
    }
    const heads = [...byParent.keys()].sort((a, b) => (a < 0 || b < 0 ? a - b : figures.name(a).localeCompare(figures.name(b), F.language)));
    for (const parent of heads) {
      const options = byParent.get(parent).map((area) => make("option", { value: area }, figures.name(area)));
      $("area").append(...(parent < 0 ? options : [make("optgroup", { label: figures.name(parent) }, options)]));
    }
  }

  // 2. How areas look in the week.

  function bin(value, edges) {
    let at = 0;
    while (at < edges.length && value >= edges[at]) at++;
    return at;
  }

  const INDEX_EDGES = [2, 4, 6, 8];
  const COUNT_EDGES = [50, 100, 250, 1000];

  function looks() {
    const of = new Map();
    const first = [];
    const [kind, which] = state.colour.split(":");
    if (kind === "hotspots") {
      for (const area of figures.covered) of.set(area, { fill: F.map.PLAIN });
      for (const hotspot of figures.hotspots(state.week)) {
        for (const area of hotspot.areas) {
          const look = of.get(area) || {};
          if (look.family && look.family !== hotspot.family) look.second = look.second || hotspot.family;
          else if (!look.family) Object.assign(look, { family: hotspot.family, fill: hotspot.alert ? F.map.alert(hotspot.family) : F.map.hotspot(hotspot.family) });
          if (hotspot.alert) look.mark = 1.6;
          of.set(area, look);
        }
        if (hotspot.alert && hotspot.areas.length) first.push(hotspot.areas[0]);
      }
      return { of, first, areas: figures.covered };
    }
    if (kind === "index") {
      for (const area of figures.indexed) {
        const found = figures.index(area, Number(which), state.week);
        if (found && found.index !== null) of.set(area, { fill: F.map.INDEX_COLOURS[bin(found.index, INDEX_EDGES)] });
      }
      return { of, first, areas: figures.indexed };
    }
    for (const row of figures.counts(state.week))
      if (row.signal === which) of.set(row.area, { fill: F.map.COUNT_COLOURS[bin(row.n, COUNT_EDGES)] });
    return { of, first, areas: figures.counted };
  }

  function ranges(edges, colours, last) {
    return colours.map((colour, at) => {
      const from = at ? edges[at - 1] : 0;
      const text = at < edges.length ? t("{from} to under {to}", { from: F.whole(from), to: F.whole(edges[at]) }) : last(from);
      return [{ colour }, text];
    });
  }

  function legend() {
    const [kind] = state.colour.split(":");
    const rows = [];
    if (kind === "hotspots") {
      for (const family of figures.families) {
        rows.push([{ colour: F.map.alert(family), mark: true }, t("{family}: alert", { family: F.label("family", family) })]);
        rows.push([{ colour: F.map.hotspot(family) }, t("{family}: hotspot, no alert", { family: F.label("family", family) })]);
      }
      rows.push([{ colour: F.map.PLAIN }, t("No hotspot found: this does not mean safe")]);
    } else if (kind === "index") {
      rows.push(...ranges(INDEX_EDGES, F.map.INDEX_COLOURS, (from) => t("{from} to {to}", { from: F.whole(from), to: F.whole(TOP) })));
    } else if (kind === "counts") {
      rows.push(...ranges(COUNT_EDGES, F.map.COUNT_COLOURS, (from) => t("{from} and more", { from: F.whole(from) })));
    }
    rows.push([{ hatch: true }, t("No figure: not known, which does not mean safe")]);
    $("legend").replaceChildren(...rows.map(([look, text]) => {
      const swatch = make("span", { class: "swatch" + (look.hatch ? " hatch" : "") + (look.mark ? " marked" : ""), "aria-hidden": "true" });
      if (look.colour) swatch.style.backgroundColor = look.colour;
      return make("li", {}, swatch, make("span", {}, text));
    }));
  }

  function shortly(area) {
    const [kind, which] = state.colour.split(":");
    const name = figures.name(area);
    if (kind === "index") {
      const found = figures.index(area, Number(which), state.week);
      if (found && found.silent.length) return name + " \u00b7 " + (found.index === null ? t("no figure") : F.tenth(found.index)) + " \u00b7 " + t("Silent.");
      return found && found.index !== null ? name + " \u00b7 " + F.tenth(found.index) : name + " \u00b7 " + t("no figure");
    }
    if (kind === "counts") {
      const row = figures.counts(state.week).find((one) => one.area === area && one.signal === which);
      return name + " \u00b7 " + (row ? F.whole(row.n) : t("not shown"));
    }
    const found = figures.hotspots(state.week).filter((hotspot) => hotspot.areas.includes(area));
    return [name, ...found.map((hotspot) => F.label("family", hotspot.family) + (hotspot.alert ? " (" + t("Alert") + ")" : ""))].join(" \u00b7 ");
  }

  // 3. Tables.

  function areaButton(area) {
    return make("button", { type: "button", class: "link", dir: "auto", onclick: () => choose(area, true) }, figures.name(area));
  }

  function cells(heads, values) {
    return values.map((value, at) => make("td", { "data-head": heads[at], class: at > 2 && at < 8 ? "figure" : null }, value));
  }

  function hotspotRows() {
    const heads = [...$("hotspots").querySelectorAll("thead th")].map((head) => head.textContent);
    const found = figures.hotspots(state.week);
    const rows = found.map((hotspot) => {
      const areas = hotspot.areas.map((area, at) => [at ? " " : null, areaButton(area)]).flat();
      return make("tr", { class: hotspot.alert ? "alert" : null }, cells(heads, [
        [F.panel.chip(hotspot.family, hotspot.alert), hotspot.alert ? [" ", F.panel.alertMark()] : null].flat(2),
        make("div", { class: "areas" }, areas),
        F.panel.span(hotspot),
        F.whole(hotspot.observed),
        F.short(hotspot.expected),
        F.short(hotspot.risk),
        F.short(hotspot.p),
        F.short(hotspot.recurrence),
        F.shortDay(figures.first, hotspot.known),
      ]));
    });
    const none = figures.has.hotspots ? t("No hotspot is released for this week. This does not mean safe.") : t("There is no Release of hotspots on this page.");
    $("hotspot-rows").replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colspan: heads.length, class: "empty" }, none))]));
  }

  function allRows() {
    if (!$("all").open) return;
    const heads = [t("Area"), t("Part of")];
    if (figures.has.index) heads.push(t("Risk index: {group}", { group: F.label("group", figures.group(state.group)) }), t("Range"));
    if (figures.has.hotspots) heads.push(t("Hotspots"));
    for (const signal of figures.signals) heads.push(F.panel.signalName(signal));
    $("all-heads").replaceChildren(...heads.map((head) => make("th", { scope: "col" }, head)));
    const hotspots = figures.hotspots(state.week);
    const counts = figures.counts(state.week);
    const none = t("no figure");
    $("all-rows").replaceChildren(...figures.chosen.map((area) => {
      const values = [areaButton(area), figures.parent(area) >= 0 ? figures.name(figures.parent(area)) : ""];
      if (figures.has.index) {
        const found = figures.index(area, state.group, state.week);
        values.push(found && found.index !== null ? F.tenth(found.index) : none);
        values.push(found && found.low !== null && found.high !== null ? F.tenth(found.low) + " \u2013 " + F.tenth(found.high) : none);
      }
      if (figures.has.hotspots) {
        const here = hotspots.filter((hotspot) => hotspot.areas.includes(area));
        values.push(here.length ? here.map((hotspot) => [F.panel.chip(hotspot.family, hotspot.alert), hotspot.alert ? " (" + t("Alert") + ") " : " "]).flat() : figures.covered.has(area) ? t("none found") : none);
      }
      for (const signal of figures.signals) {
        const row = counts.find((one) => one.area === area && one.signal === signal);
        values.push(row ? F.whole(row.n) : figures.counted.has(area) ? t("not shown") : none);
      }
      return make("tr", {}, values.map((value, at) => make("td", { "data-head": heads[at] }, value)));
    }));
  }

  // 4. The week.

  function strip() {
    const height = 28;
    const count = figures.weeks.length;
    const drawing = $("strip");
    drawing.setAttribute("viewBox", `0 0 ${Math.max(count, 1)} ${height}`);
    let most = 1;
    for (let week = 0; week < count; week++) most = Math.max(most, figures.hotspotCounts(week)[0]);
    for (let week = 0; week < count; week++) {
      const [all, alerts] = figures.hotspotCounts(week);
      const scale = height / most;
      if (all) drawing.append(draw("rect", { x: week + 0.12, y: height - all * scale, width: 0.76, height: all * scale, class: "some" }));
      if (alerts) drawing.append(draw("rect", { x: week + 0.12, y: height - alerts * scale, width: 0.76, height: alerts * scale, class: "alerts" }));
    }
  }

  function showWeek() {
    const name = figures.weeks.length ? F.day(figures.weeks[state.week]) : t("none");
    const [all, alerts] = figures.hotspotCounts(state.week);
    $("week").value = state.week;
    $("week").setAttribute("aria-valuetext", name);
    $("week-name").textContent = name;
    $("back").disabled = state.week <= 0;
    $("forward").disabled = state.week >= figures.weeks.length - 1;
    const told = figures.has.hotspots ? t("Hotspots: {all}. Alerts: {alerts}.", { all: F.whole(all), alerts: F.whole(alerts) }) : "";
    $("told").textContent = told;
  }

  function show() {
    showWeek();
    hotspotRows();
    allRows();
    F.panel.fill($("area-panel"), state, chooseGroup);
    if (map) map.paint(looks());
  }

  function choose(area, jump) {
    state.area = area;
    $("area").value = area === null ? "" : String(area);
    if (map) map.mark(area);
    F.panel.fill($("area-panel"), state, chooseGroup);
    if (jump) {
      $("area").focus();
      $("area").scrollIntoView({ block: "center" });
    }
  }

  function chooseGroup(group) {
    state.group = group;
    if (state.colour.startsWith("index:")) {
      state.colour = "index:" + group;
      $("colour").value = state.colour;
    }
    show();
  }

  function go(week) {
    state.week = Math.min(Math.max(week, 0), Math.max(figures.weeks.length - 1, 0));
    show();
  }

  function stop() {
    clearInterval(playing);
    playing = null;
    $("play").textContent = t("Play");
    $("told").setAttribute("aria-live", "polite");
  }

  function play() {
    if (playing !== null) return stop();
    if (state.week >= figures.weeks.length - 1) go(0);
    $("told").setAttribute("aria-live", "off");
    $("play").textContent = t("Pause");
    playing = setInterval(() => {
      go(state.week + 1);
      if (state.week >= figures.weeks.length - 1) stop();
    }, STEP);
  }

  // Where the other language's page opens: the same week and area, told in the address's fragment, which no server sees.
  function carry(link) {
    const file = link.getAttribute("href").split("#")[0];
    link.setAttribute("href", `${file}#${state.week},${state.area ?? ""}`);
  }

  function carried() {
    const found = /^#(\d+),(\d*)$/.exec(window.location.hash);
    if (!found) return;
    state.week = Math.min(Number(found[1]), Math.max(figures.weeks.length - 1, 0));
    if (found[2] !== "" && Number(found[2]) < figures.areas.length) state.area = Number(found[2]);
    window.history.replaceState(null, "", window.location.pathname);
  }

  // 5. Start.

  carried();
  colours();
  areaList();
  strip();
  $("week").addEventListener("input", (event) => { stop(); go(Number(event.target.value)); });
  $("back").addEventListener("click", () => { stop(); go(state.week - 1); });
  $("forward").addEventListener("click", () => { stop(); go(state.week + 1); });
  $("play").addEventListener("click", play);
  $("play").hidden = figures.weeks.length < 2 || window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  $("area").addEventListener("change", (event) => choose(event.target.value === "" ? null : Number(event.target.value), false));
  $("all").addEventListener("toggle", allRows);
  $("colour").addEventListener("change", (event) => {
    state.colour = event.target.value;
    if (state.colour.startsWith("index:")) state.group = Number(state.colour.split(":")[1]);
    legend();
    show();
  });
  for (const link of document.querySelectorAll(".languages a")) {
    link.addEventListener("focus", () => carry(link));
    link.addEventListener("pointerenter", () => carry(link));
    link.addEventListener("click", () => carry(link));
  }
  map = F.map.start($("map"), (area) => choose(area, false), shortly);
  if (!map) {
    $("map").hidden = true;
    $("no-map").hidden = false;
    if (!figures.drawn) $("no-map").textContent = t("These areas have no outlines, so there is no map. All figures are in the tables.");
    $("all").open = true;
  }
  legend();
  show();
  choose(state.area ?? (figures.hotspots(state.week).find((hotspot) => hotspot.areas.length) || { areas: [null] }).areas[0], false);
})();
