// The panel of one area: its hotspots, its risk index with the parts, its signals, and who was there to help.
"use strict";

(function () {
  const F = window.Fanal;
  const { t, make, draw } = F;
  const NOT_SAFE = () => t("This does not mean safe.");

  function chip(family, alert) {
    return make("span", { class: "family " + family + (alert ? " alert" : "") }, make("span", { class: "dot", "aria-hidden": "true" }), F.label("family", family));
  }

  function alertMark() {
    return make("strong", { class: "alert-mark" }, t("Alert"));
  }

  function span(hotspot) {
    return F.shortDay(F.figures.first, hotspot.start) + " \u2013 " + F.shortDay(F.figures.first, hotspot.end);
  }

  function section(head, ...children) {
    return make("section", { class: "block" }, make("h3", {}, head), ...children);
  }

  function hotspotsOf(area, week) {
    if (!F.figures.has.hotspots) return null;
    const found = F.figures.hotspots(week).filter((hotspot) => hotspot.areas.includes(area));
    if (!found.length) return section(t("Hotspots here"), make("p", { class: "quiet" }, t("No hotspot of this week covers this area."), " ", NOT_SAFE()));
    return section(
      t("Hotspots here"),
      make("ul", { class: "plain-list" }, found.map((hotspot) =>
        make("li", {}, chip(hotspot.family, hotspot.alert), hotspot.alert ? [" ", alertMark()] : null,
          make("div", { class: "quiet" }, span(hotspot) + " \u00b7 " + t("observed {observed}, expected {expected}", { observed: F.whole(hotspot.observed), expected: F.short(hotspot.expected) }))),
      )),
    );
  }

  // The range from low to high with the index on it, as a scale from 0 to 10.
  function scale(found) {
    const drawing = draw("svg", { viewBox: "0 0 100 10", class: "scale", preserveAspectRatio: "none", "aria-hidden": "true" });
    drawing.append(draw("rect", { x: 0, y: 3, width: 100, height: 4, class: "scale-back" }));
    if (found.low !== null && found.high !== null)
      drawing.append(draw("rect", { x: found.low * 10, y: 3, width: Math.max((found.high - found.low) * 10, 0.6), height: 4, class: "scale-range" }));
    if (found.index !== null) drawing.append(draw("rect", { x: Math.min(found.index * 10, 99), y: 0, width: 1.2, height: 10, class: "scale-at" }));
    return drawing;
  }

  // The index over all weeks: its range as a band, itself as a line, this week as an upright.
  function history(area, group, week) {
    const runs = F.figures.indexRuns(area, group);
    const last = F.figures.weeks.length;
    if (!runs.length || last < 2) return null;
    const drawing = draw("svg", { viewBox: `0 0 ${last} 100`, class: "history", preserveAspectRatio: "none", "aria-hidden": "true" });
    for (const run of runs) {
      if (run[3] >= 0 && run[4] >= 0) drawing.append(draw("rect", { x: run[0], y: 100 - run[4], width: run[1], height: Math.max(run[4] - run[3], 0.5), class: "band" }));
    }
    let path = "";
    let end = -1;
    for (const run of runs) {
      if (run[2] < 0) continue;
      path += `${run[0] === end ? "L" : "M"}${run[0]},${100 - run[2]}L${run[0] + run[1]},${100 - run[2]}`;
      end = run[0] + run[1];
    }
    drawing.append(draw("path", { d: path, class: "line" }), draw("rect", { x: week, y: 0, width: Math.max(last / 200, 0.4), height: 100, class: "now" }));
    return make("figure", { class: "over-weeks" },
      make("div", { class: "frame" }, make("span", { class: "top-mark", "aria-hidden": "true" }, F.whole(10)), drawing, make("span", { class: "low-mark", "aria-hidden": "true" }, F.whole(0))),
      make("figcaption", {}, t("The index over all weeks, {from} to {to}; the band is its range.", { from: F.shortDay(F.figures.first), to: F.shortDay(F.figures.first, (last - 1) * 7) })));
  }

  function partsOf(found) {
    const known = found.parts.filter((part) => part.share >= 0).sort((a, b) => b.share - a.share);
    const missing = found.parts.filter((part) => part.share < 0);
    const rows = known.map((part) => {
      const raw = part.raw === null ? F.label("unit", part.unit) : make("bdi", {}, make("strong", {}, F.signed(part.raw)), " ", F.label("unit", part.unit));
      if (found.index === 0) return make("li", {}, make("div", {}, F.label("part", part.name)), make("div", { class: "quiet" }, raw));
      const drawing = draw("svg", { viewBox: "0 0 100 6", class: "share " + part.dimension, preserveAspectRatio: "none", "aria-hidden": "true" });
      drawing.append(draw("rect", { x: 0, y: 0, width: 100, height: 6, class: "scale-back" }), draw("rect", { x: 0, y: 0, width: part.share, height: 6, class: "share-bar" }));
      return make("li", {},
        make("div", { class: "part-line" }, make("span", {}, F.label("part", part.name)), make("span", { class: "figure" }, F.percent(part.share / 100))),
        drawing,
        make("div", { class: "quiet" }, raw));
    });
    return [
      make("h4", {}, found.index === 0 ? t("What goes into it") : t("What it is made of, in shares")),
      make("ul", { class: "parts plain-list" }, rows),
      missing.length ? make("p", { class: "missing" }, make("strong", {}, t("No layer gives this week:")), " ", F.listed(missing.map((part) => F.label("part", part.name))) + ".") : null,
    ];
  }

  // What is no longer reported here though it usually was.
  function silentOf(found) {
    if (!found.silent.length) return null;
    const layers = F.listed(found.silent.map((layer) => F.label("layer", layer)));
    return make("p", { class: "missing" }, make("strong", {}, t("Silent.")), " ", t("Usual reports no longer come: {layers}.", { layers }), " ", NOT_SAFE());
  }

  function indexOf(area, week, group, choose) {
    if (!F.figures.has.index) return null;
    const select = make("select", { id: "group", onchange: (event) => choose(Number(event.target.value)) },
      F.figures.groups.map((one) => make("option", { value: one, selected: one === group }, F.label("group", F.figures.group(one)))));
    const choice = make("div", { class: "choice" }, make("label", { for: "group" }, t("Group")), select);
    const found = F.figures.index(area, group, week);
    if (!found || found.index === null)
      return section(t("Risk index"), choice, make("p", { class: "missing" }, t("There is no index for this area, group and week."), " ", NOT_SAFE()), found ? silentOf(found) : null, history(area, group, week));
    const dimensions = Object.entries(found.dimensions).map(([name, value]) =>
      make("div", {}, make("dt", {}, F.label("dimension", name)), make("dd", {}, value === null ? t("not known") : F.tenth(value))));
    return section(t("Risk index"), choice,
      make("p", { class: "index" }, make("span", { class: "big" }, F.tenth(found.index)), " ", t("of {most}", { most: F.whole(10) })),
      scale(found),
      found.index === 0 ? make("p", { class: "missing" }, t("The layers show no hazard for this area in these weeks."), " ", NOT_SAFE()) : null,
      make("p", { class: "quiet" }, found.low === null || found.high === null ? t("Its range is not known.") : t("From {low} to {high}, if all that is missing were lowest or highest.", { low: F.tenth(found.low), high: F.tenth(found.high) })),
      silentOf(found),
      found.rank ? make("p", { class: "quiet rank" }, t("Rank {low} to {high} of all areas in 90 % of draws of the weights.", { low: F.whole(found.rank.low), high: F.whole(found.rank.high) })) : null,
      make("dl", { class: "dimensions" }, dimensions),
      ...partsOf(found),
      history(area, group, week));
  }

  function signalsOf(area, week) {
    if (!F.figures.has.counts) return null;
    const head = t("Released signals");
    const weeks = F.figures.weeksCounted(week);
    if (!F.figures.counted.has(area)) return section(head, make("p", { class: "quiet" }, t("No counts are released for this area by itself."), " ", NOT_SAFE()));
    if (!weeks.length) return section(head, make("p", { class: "quiet" }, t("No counts became readable in this week."), " ", NOT_SAFE()));
    const rows = F.figures.counts(week).filter((row) => row.area === area);
    const shown = F.figures.signals.map((signal) => {
      const row = rows.find((one) => one.signal === signal);
      const name = signalName(signal);
      if (!row) return make("li", {}, make("div", { class: "part-line" }, make("span", {}, name), make("span", { class: "not-shown" }, t("not shown"))));
      const range = row.low === null || row.high === null ? "" : t("{low} to {high} holds 95 % of the noise", { low: F.whole(row.low), high: F.whole(row.high) });
      return make("li", {}, make("div", { class: "part-line" }, make("span", {}, name), make("span", { class: "figure" }, F.whole(row.n))), make("div", { class: "quiet" }, range));
    });
    const dates = weeks.map((one) => F.shortDay(F.figures.first, one * 7));
    return section(head,
      make("p", { class: "quiet" }, t("Author-weeks with noise, of the week of {date}.", { date: F.listed(dates) })),
      make("ul", { class: "plain-list parts" }, shown),
      make("p", { class: "missing" }, t("Not shown does not mean zero, and never means safe.")));
  }

  function signalName(signal) {
    const family = F.label("family", signal);
    return family === signal ? F.label("category", signal) : family;
  }

  function helpOf(area) {
    if (!F.figures.has.services) return null;
    const rows = F.figures.services(area);
    const head = t("Who was there to help");
    if (!rows.length) return section(head, make("p", { class: "missing" }, t("The lists name no agency for this area. There may still have been help.")));
    const undated = rows.some((row) => row.date === null);
    return section(head,
      make("table", { class: "small" },
        make("thead", {}, make("tr", {}, make("th", { scope: "col" }, t("Sector")), make("th", { scope: "col", class: "figure" }, t("Agencies")))),
        make("tbody", {}, rows.map((row) => make("tr", {}, make("td", {}, F.label("sector", row.sector)), make("td", { class: "figure" }, F.whole(row.agencies)))))),
      undated ? make("p", { class: "missing" }, t("The list has no dates: it may hold agencies that came later or had left.")) : null);
  }

  // Fill the panel for an area in a week; without an area, say how to choose one.
  function fill(panel, state, chooseGroup) {
    const focused = document.activeElement && document.activeElement.id === "group";
    if (state.area === null) {
      panel.replaceChildren(
        make("h2", { id: "area-head" }, t("An area")),
        make("p", { class: "quiet" }, t("Choose an area on the map, in the list above or in a table. Here you see its hotspots, its risk index with all parts, and who was there to help.")));
      return;
    }
    const parent = F.figures.parent(state.area);
    const other = F.figures.otherName(state.area);
    const where = [parent >= 0 ? F.figures.name(parent) : null, other && other !== F.figures.name(state.area) ? other : null].filter((one) => one);
    panel.replaceChildren(
      make("h2", { id: "area-head", dir: "auto" }, F.figures.name(state.area)),
      make("p", { class: "quiet where" }, where.map((one) => [make("bdi", {}, one), " \u00b7 "]).flat(), make("code", { dir: "ltr" }, F.figures.code(state.area))),
      ...[hotspotsOf(state.area, state.week), indexOf(state.area, state.week, state.group, chooseGroup), signalsOf(state.area, state.week), helpOf(state.area)].filter((one) => one));
    if (focused) document.getElementById("group").focus();
  }

  F.panel = { fill, chip, alertMark, span, signalName };
})();
