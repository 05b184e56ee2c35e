// The figures of the page's document, looked up by week and area. Nothing is computed here but where things stand.
"use strict";

(function () {
  const F = window.Fanal;
  const doc = window.FANAL;
  const GRID = 1000;
  const areas = doc.areas;
  const count = areas.code.length;
  const none = [];

  // Rows of a list by the value of one column.
  function by(rows, column) {
    const found = new Map();
    for (const row of rows) {
      if (!found.has(row[column])) found.set(row[column], []);
      found.get(row[column]).push(row);
    }
    return found;
  }

  // Runs of each series under its key, as the document has them one after the other.
  function series(heads, runs) {
    const found = new Map();
    let at = 0;
    for (const [area, other, length] of heads) {
      found.set(area + ":" + other, runs.slice(at, at + length));
      at += length;
    }
    return found;
  }

  // The run that holds a week, or undefined.
  function during(runs, week) {
    return runs && runs.find((run) => run[0] <= week && week < run[0] + run[1]);
  }

  const hotspotRows = doc.hotspots ? doc.hotspots.rows : none;
  const hotspotsByWeek = by(hotspotRows, 0);
  const servicesByArea = by(doc.services ? doc.services.rows : none, 0);
  const countsByWeek = by(doc.counts ? doc.counts.rows : none, 0);
  const weeksCounted = by(doc.counts ? doc.counts.weeks : none, 0);
  const indexRuns = doc.index ? series(doc.index.series, doc.index.runs) : new Map();
  const rawRuns = doc.index ? series(doc.index.raw_series, doc.index.raw) : new Map();
  const rankRuns = doc.index ? series(doc.index.ranks, doc.index.rank_runs) : new Map();
  const silentRuns = doc.index ? series(doc.index.silent, doc.index.silent_runs) : new Map();
  const groups = doc.index ? [...new Set(doc.index.series.map((head) => head[1]))].sort((a, b) => a - b) : none;
  const counted = new Set(doc.counts ? doc.counts.areas : none);
  const indexed = new Set(doc.index ? doc.index.series.map((head) => head[0]) : none);
  const covered = new Set([...counted, ...indexed, ...hotspotRows.flatMap((row) => row[6])]);
  const holding = new Set(areas.parent.filter((parent) => parent >= 0));
  const all = [...areas.code.keys()];

  function hotspot(row) {
    return {
      family: doc.hotspots.families[row[1]],
      basis: doc.hotspots.bases[row[2]],
      start: row[3] * 7,
      end: row[4] * 7 + 6,
      known: row[5],
      areas: row[6].filter((area) => area >= 0),
      observed: row[7],
      expected: row[8],
      risk: row[9],
      p: row[10],
      recurrence: row[11],
      alert: row[12] === 1,
    };
  }

  function tenths(value) {
    return value < 0 ? null : value / 10;
  }

  // The layers that had fallen silent about an area.
  function silent(area, week) {
    const run = during(silentRuns.get(area + ":0"), week);
    return run ? run[2].map((layer) => doc.index.layers[layer]) : none;
  }

  function index(area, group, week) {
    const run = during(indexRuns.get(area + ":" + group), week);
    if (!run) return null;
    const parts = doc.index.parts_of[group].map((part, at) => {
      const [name, dimension, unit] = doc.index.parts[part];
      const raw = during(rawRuns.get(area + ":" + part), week);
      return { name, dimension, unit, share: run[8 + at], raw: raw ? raw[2] : null };
    });
    const rank = during(rankRuns.get(area + ":" + group), week);
    return {
      rank: rank ? { low: rank[2], high: rank[3] } : null,
      silent: silent(area, week),
      index: tenths(run[2]),
      low: tenths(run[3]),
      high: tenths(run[4]),
      dimensions: { hazard: tenths(run[5]), vulnerability: tenths(run[6]), coping: tenths(run[7]) },
      parts: parts.filter((part) => part.share > -2),
    };
  }

  // Polygons of an area as GeoJSON coordinates.
  function polygons(area) {
    return (areas.outline[area] || none).map((rings) =>
      rings.map((steps) => {
        const points = [];
        let x = 0;
        let y = 0;
        for (let i = 0; i < steps.length; i += 2) {
          x += steps[i];
          y += steps[i + 1];
          points.push([x / GRID, y / GRID]);
        }
        points.push(points[0]);
        return points;
      }),
    );
  }

  function byName(a, b) {
    return name(a).localeCompare(name(b), F.language);
  }

  function name(area) {
    const own = areas[F.language];
    return (own && own[area]) || areas.name[area];
  }

  F.figures = {
    first: doc.weeks[0] || "1970-01-01",
    weeks: doc.weeks,
    opens: doc.opens,
    has: { hotspots: !!doc.hotspots, index: !!doc.index, counts: !!doc.counts, services: !!doc.services },
    groups,
    group: (at) => doc.index.groups[at],
    signals: doc.counts ? doc.counts.signals : none,
    families: doc.hotspots ? doc.hotspots.families.filter((_, at) => hotspotRows.some((row) => row[1] === at)) : none,
    areas: all,
    leaves: all.filter((area) => !holding.has(area)),
    // Areas that a table can name: those with figures, and those below which there are none.
    chosen: all.filter((area) => covered.has(area) || servicesByArea.has(area) || !holding.has(area)).sort(byName),
    isLeaf: (area) => !holding.has(area),
    drawn: areas.outline.some((outline) => outline !== null),
    covered,
    counted,
    indexed,
    name,
    code: (area) => areas.code[area],
    parent: (area) => areas.parent[area],
    level: (area) => areas.level[area],
    at: (area) => areas.at[area],
    otherName: (area) => (F.language === "ar" ? areas.name[area] : areas.ar[area]),
    polygons,
    hotspots: (week) => (hotspotsByWeek.get(week) || none).map(hotspot),
    hotspotCounts: (week) => {
      const rows = hotspotsByWeek.get(week) || none;
      return [rows.length, rows.filter((row) => row[12] === 1).length];
    },
    index,
    indexRuns: (area, group) => indexRuns.get(area + ":" + group) || none,
    services: (area) =>
      (servicesByArea.get(area) || none).map((row) => ({ sector: doc.services.sectors[row[1]], agencies: row[2], date: row[3] })),
    weeksCounted: (week) => (weeksCounted.get(week) || none).map((row) => row[1]),
    counts: (week) =>
      (countsByWeek.get(week) || none).map((row) => ({ week: row[1], area: row[2], signal: doc.counts.signals[row[3]], n: row[4], low: row[5], high: row[6] })),
    isoDay: (days) => new Date(Date.parse(doc.weeks[0]) + days * 86400000).toISOString().slice(0, 10),
    lead: doc.lead,
  };
})();
