(function (w, d) {
  var pressed = null;
  function stop(e) { if (e && e.preventDefault) { e.preventDefault(); } return false; }
  function leave(e) {
    var link = d.getElementById("exit");
    var to = link.href;
    d.documentElement.style.display = "none";
    d.title = "";
    d.body.innerHTML = "";
    w.location.replace(to);
    return stop(e);
  }
  function above(node, what) {
    while (node && node.nodeType === 1 && node.nodeName !== what) { node = node.parentNode; }
    return node && node.nodeName === what ? node : null;
  }
  function fields(form) {
    var pairs = [], i, one;
    for (i = 0; i < form.elements.length; i += 1) {
      one = form.elements[i];
      if (one.name && one.nodeName !== "BUTTON" && (one.type !== "checkbox" || one.checked)) {
        pairs.push(one.name + "=" + encodeURIComponent(one.value));
      }
    }
    if (pressed && pressed.name) { pairs.push(pressed.name + "=" + encodeURIComponent(pressed.value)); }
    return pairs.join("&");
  }
  function put(text) {
    var got = parts(text), root = d.documentElement, at;
    if (!got.body) { return false; }
    root.lang = got.lang;
    root.dir = got.dir;
    d.title = got.title;
    d.body.innerHTML = got.body;
    at = d.getElementById("found") || d.getElementById("start");
    w.scrollTo(0, 0);
    if (at) {
      at.focus();
      w.scrollTo(0, Math.max(0, w.pageYOffset + at.getBoundingClientRect().top - 76));
    }
    return true;
  }
  function parts(text) {
    var html = /<html lang="([a-z]+)" dir="([a-z]+)"/.exec(text);
    var from = text.indexOf("<body>"), end = text.lastIndexOf("</body>");
    var title = /<title>([^<]*)<\/title>/.exec(text);
    return {
      lang: html ? html[1] : "",
      dir: html ? html[2] : "",
      title: title ? title[1] : "",
      body: html && from > 0 && end > from ? text.slice(from + 6, end) : ""
    };
  }
  if (!d.addEventListener) { return; }
  d.documentElement.className = "live";
  d.addEventListener("keydown", function (e) {
    if (e.key === "Escape" || e.key === "Esc" || e.keyCode === 27) { leave(e); }
  }, false);
  d.addEventListener("click", function (e) {
    var link = above(e.target, "A");
    if (link && link.id === "exit") { leave(e); }
    pressed = above(e.target, "BUTTON");
  }, false);
  d.addEventListener("submit", function (e) {
    var form = e.target, ask;
    if (pressed && pressed.value === "copy") { return; }
    ask = new XMLHttpRequest();
    ask.open("POST", form.action, true);
    ask.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    ask.onreadystatechange = function () {
      var kept;
      if (ask.readyState !== 4) { return; }
      if (ask.status === 200 && put(ask.responseText)) { return; }
      if (pressed && pressed.name) {
        kept = d.createElement("input");
        kept.type = "hidden";
        kept.name = pressed.name;
        kept.value = pressed.value;
        form.appendChild(kept);
      }
      form.submit();
    };
    ask.send(fields(form));
    stop(e);
  }, false);
  w.addEventListener("pageshow", function (e) {
    if (e.persisted) { d.body.innerHTML = ""; w.location.reload(); }
  }, false);
}(window, document));
