// The map: areas and colours, names as HTML markers, no tiles, no glyphs, nothing from elsewhere.
"use strict";

(function () {
  const F = window.Fanal;
  const FAMILY_COLOURS = { conflict: "#b8442c", displacement: "#2a5d9c", trade: "#7a3b86", distress: "#b07a00" };
  const INDEX_COLOURS = ["#fff3cf", "#fdd382", "#f49b3f", "#cc5a19", "#8a2b0a"];
  const COUNT_COLOURS = ["#dcebf5", "#a6cbe3", "#5f9fc9", "#2a6fa5", "#0f3f6e"];
  const PLAIN = "#efece3";
  const CLEAR = "rgba(0,0,0,0)";
  const QUIET = "#ffffff";
  const DARK = "#17212b";

  // A tile of 16 × 16 pixels with diagonal stripes of a colour on another.
  function stripes(front, back, width) {
    const size = 16;
    const data = new Uint8ClampedArray(size * size * 4);
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) data.set((x + y) % 8 < width ? front : back, (y * size + x) * 4);
    return { width: size, height: size, data };
  }

  function rgba(hex, alpha) {
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).concat(alpha);
  }

  function features() {
    return F.figures.areas
      .filter((area) => F.figures.polygons(area).length)
      .map((area) => ({
        type: "Feature",
        id: area,
        properties: { leaf: F.figures.isLeaf(area), level: F.figures.level(area), area },
        geometry: { type: "MultiPolygon", coordinates: F.figures.polygons(area) },
      }));
  }

  function bounds(list) {
    const box = [180, 90, -180, -90];
    for (const feature of list)
      for (const [ring] of feature.geometry.coordinates)
        for (const [x, y] of ring) {
          box[0] = Math.min(box[0], x);
          box[1] = Math.min(box[1], y);
          box[2] = Math.max(box[2], x);
          box[3] = Math.max(box[3], y);
        }
    return [[box[0], box[1]], [box[2], box[3]]];
  }

  function works() {
    try {
      const canvas = document.createElement("canvas");
      return !!(window.maplibregl && (canvas.getContext("webgl2") || canvas.getContext("webgl")));
    } catch {
      return false;
    }
  }

  function style(data) {
    const state = (name, otherwise) => ["coalesce", ["feature-state", name], otherwise];
    const layers = [
      { id: "paper", type: "background", paint: { "background-color": "#f7f9fa" } },
      { id: "hatch", type: "fill", source: "areas", filter: ["==", ["get", "leaf"], true], paint: { "fill-pattern": "hatch" } },
      {
        id: "fill",
        type: "fill",
        source: "areas",
        layout: { "fill-sort-key": ["get", "level"] },
        paint: { "fill-color": state("fill", CLEAR), "fill-antialias": false },
      },
    ];
    for (const family of Object.keys(FAMILY_COLOURS))
      layers.push({ id: "also-" + family, type: "fill", source: "areas", filter: ["in", ["id"], ["literal", []]], paint: { "fill-pattern": "also-" + family } });
    layers.push(
      { id: "line", type: "line", source: "areas", filter: ["==", ["get", "leaf"], true], paint: { "line-color": "#8d97a0", "line-width": 0.5 } },
      { id: "parent", type: "line", source: "areas", filter: ["==", ["get", "leaf"], false], layout: { "line-join": "round" }, paint: { "line-color": "#4c5965", "line-width": ["case", ["<=", ["get", "level"], 0], 1.8, 1.1] } },
      { id: "mark", type: "line", source: "areas", layout: { "line-join": "round" }, paint: { "line-color": DARK, "line-width": state("mark", 0) } },
      { id: "chosen-back", type: "line", source: "areas", layout: { "line-join": "round" }, paint: { "line-color": QUIET, "line-width": ["*", 6, state("chosen", 0)] } },
      { id: "chosen", type: "line", source: "areas", layout: { "line-join": "round" }, paint: { "line-color": "#00708a", "line-width": ["*", 3, state("chosen", 0)] } },
    );
    return { version: 8, sources: { areas: { type: "geojson", data: { type: "FeatureCollection", features: data }, tolerance: 0.2 } }, layers };
  }

  // Names of areas as HTML, larger areas first; one that would cover another is hidden.
  function names(map, list) {
    const markers = list
      .filter((area) => F.figures.at(area))
      .map((area) => {
        const element = F.make("span", { class: F.figures.isLeaf(area) ? "name" : "name holding", "aria-hidden": "true", dir: "auto" }, F.figures.name(area));
        new window.maplibregl.Marker({ element }).setLngLat(F.figures.at(area)).addTo(map);
        element.removeAttribute("role");
        element.removeAttribute("aria-label");
        return { area, element };
      });
    let first = new Set();

    function place() {
      const frame = map.getContainer().getBoundingClientRect();
      const near = map.getZoom() > map.fanalZoom + 1.2;
      const taken = [];
      const rank = (one) => (first.has(one.area) ? 0 : F.figures.isLeaf(one.area) ? 2 : 1);
      for (const one of [...markers].sort((a, b) => rank(a) - rank(b))) {
        const order = rank(one);
        const wanted = order === 0 || order === 1 || near || list.length < 40;
        const box = one.element.getBoundingClientRect();
        const inside = box.left >= frame.left && box.right <= frame.right && box.top >= frame.top && box.bottom <= frame.bottom;
        const free = taken.every((other) => box.right + 2 < other.left || other.right + 2 < box.left || box.bottom < other.top || other.bottom < box.top);
        const shown = wanted && inside && free;
        one.element.classList.toggle("hidden", !shown);
        one.element.classList.toggle("first", order === 0);
        if (shown) taken.push(box);
      }
    }

    map.on("moveend", place);
    return (areas) => {
      first = new Set(areas);
      place();
    };
  }

  // Start the map in an element; return null where there is no WebGL or nothing to draw.
  function start(container, choose, hover) {
    const data = features();
    if (!data.length || !works()) return null;
    let map;
    try {
      map = new window.maplibregl.Map({
        container,
        style: style(data),
        bounds: bounds(data),
        fitBoundsOptions: { padding: 16 },
        attributionControl: false,
        dragRotate: false,
        pitchWithRotate: false,
        touchPitch: false,
        renderWorldCopies: false,
        fadeDuration: 0,
        cooperativeGestures: true,
        locale: {
          "Map.Title": F.t("Map"),
          "NavigationControl.ZoomIn": F.t("Zoom in"),
          "NavigationControl.ZoomOut": F.t("Zoom out"),
          "CooperativeGesturesHandler.WindowsHelpText": F.t("Use Ctrl and scroll to zoom the map"),
          "CooperativeGesturesHandler.MacHelpText": F.t("Use ⌘ and scroll to zoom the map"),
          "CooperativeGesturesHandler.MobileHelpText": F.t("Use two fingers to move the map"),
        },
      });
    } catch {
      return null;
    }
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new window.maplibregl.NavigationControl({ showCompass: false }), "top-right");
    map.addImage("hatch", stripes(rgba("#c3c8cc", 255), rgba("#e9ebec", 255), 2), { pixelRatio: 2 });
    for (const [family, colour] of Object.entries(FAMILY_COLOURS))
      map.addImage("also-" + family, stripes(rgba(colour, 255), rgba(colour, 0), 4), { pixelRatio: 2 });
    const tip = F.make("div", { class: "tip", dir: "auto", "aria-hidden": "true", hidden: true });
    container.append(tip);
    let painted = new Map();
    let waiting = null;
    let chosen = null;
    let show = () => {};
    let inMode = F.figures.covered;

    // Paint areas: fill and mark of each, and those with a second family on top.
    function paint(looks) {
      if (!looks) return;
      if (!map.fanalReady) {
        waiting = looks;
        return;
      }
      const seconds = {};
      inMode = looks.areas;
      for (const area of F.figures.areas) {
        const look = looks.of.get(area) || {};
        const key = (look.fill || CLEAR) + (look.mark || 0);
        if (painted.get(area) !== key) map.setFeatureState({ source: "areas", id: area }, { fill: look.fill || CLEAR, mark: look.mark || 0 });
        painted.set(area, key);
        if (look.second) (seconds[look.second] = seconds[look.second] || []).push(area);
      }
      for (const family of Object.keys(FAMILY_COLOURS)) {
        const filter = ["in", ["id"], ["literal", seconds[family] || []]];
        if (JSON.stringify(map.getFilter("also-" + family)) !== JSON.stringify(filter)) map.setFilter("also-" + family, filter);
      }
      show(looks.first);
    }

    function mark(area) {
      if (!map.fanalReady) {
        chosen = area;
        return;
      }
      if (chosen !== null) map.setFeatureState({ source: "areas", id: chosen }, { chosen: 0 });
      if (area !== null) map.setFeatureState({ source: "areas", id: area }, { chosen: 1 });
      chosen = area;
    }

    function under(point) {
      const found = map.queryRenderedFeatures(point, { layers: ["fill"] }).map((feature) => feature.id);
      return found.find((area) => inMode.has(area)) ?? found.find((area) => F.figures.isLeaf(area));
    }

    map.on("load", () => {
      map.fanalReady = true;
      map.fanalZoom = map.getZoom();
      show = names(map, F.figures.areas.filter((area) => F.figures.level(area) !== 0));
      paint(waiting);
      const first = chosen;
      chosen = null;
      mark(first);
      container.dataset.ready = "true";
    });
    map.on("click", (event) => {
      const area = under(event.point);
      if (area !== undefined) choose(area);
    });
    map.on("mousemove", (event) => {
      const area = under(event.point);
      tip.hidden = area === undefined;
      map.getCanvas().style.cursor = area === undefined ? "" : "pointer";
      if (area === undefined) return;
      tip.textContent = hover(area);
      const width = map.getContainer().clientWidth;
      tip.style.transform = `translate(${Math.min(event.point.x + 12, width - tip.offsetWidth - 8)}px, ${event.point.y + 14}px)`;
    });
    map.on("mouseout", () => {
      tip.hidden = true;
    });
    // The colour that an area has on the map now, null where nothing lies on its hatching.
    function fillOf(area) {
      const { fill } = map.getFeatureState({ source: "areas", id: area });
      return fill && fill !== CLEAR ? fill : null;
    }

    F.map.fillOf = fillOf;
    return { paint, mark };
  }

  // A colour mixed with white: names stay readable on an alert, and a hotspot without one is paler still.
  function mixed(hex, share) {
    return "#" + rgba(hex, 255).slice(0, 3).map((one) => Math.round(one * share + 255 * (1 - share)).toString(16).padStart(2, "0")).join("");
  }

  F.map = {
    start,
    INDEX_COLOURS,
    COUNT_COLOURS,
    PLAIN,
    alert: (family) => mixed(FAMILY_COLOURS[family], 0.72),
    hotspot: (family) => mixed(FAMILY_COLOURS[family], 0.3),
  };
})();
