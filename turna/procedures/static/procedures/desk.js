/* Comforts of the desk: how many rows are marked, and a drawing that can be made larger. Nothing here is needed. */
(function () {
  "use strict";

  function tellMarked() {
    document.querySelectorAll("[data-marked-count]").forEach(function (place) {
      var form = place.closest("form");
      var count = form ? form.querySelectorAll('input[name="task"]:checked').length : 0;
      place.hidden = count === 0;
      place.textContent = count === 1 ? "1 marcada" : count + " marcadas";
    });
  }
  document.addEventListener("change", tellMarked);
  document.addEventListener("htmx:afterSwap", tellMarked);

  /* The drawing: buttons change its width; the box scrolls. The present place is brought into sight. */
  function button(text, label, act) {
    var one = document.createElement("button");
    one.type = "button";
    one.className = "btn btn-sm btn-outline-secondary";
    one.textContent = text;
    one.setAttribute("aria-label", label);
    one.addEventListener("click", act);
    return one;
  }
  /* A mouse pulls the drawing along; fingers and arrow keys scroll the box by themselves. */
  function drag(box) {
    var from = null;
    box.addEventListener("pointerdown", function (event) {
      if (event.pointerType !== "mouse" || event.button !== 0) return;
      from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
    });
    window.addEventListener("pointermove", function (event) {
      if (!from) return;
      event.preventDefault();
      box.scrollLeft = from.x - event.clientX;
      box.scrollTop = from.y - event.clientY;
    });
    window.addEventListener("pointerup", function () { from = null; });
  }
  function zoomable(box) {
    var svg = box.querySelector("svg");
    if (!svg || !svg.viewBox || !svg.viewBox.baseVal.width) return;
    var natural = svg.viewBox.baseVal;
    var scale = Math.min(1, Math.max(0.45, (box.clientWidth - 20) / natural.width));
    function apply() {
      svg.setAttribute("width", String(Math.round(natural.width * scale)));
      svg.setAttribute("height", String(Math.round(natural.height * scale)));
    }
    function fit() {
      scale = Math.max(0.2, (box.clientWidth - 20) / natural.width);
      apply();
    }
    function by(factor) {
      return function () {
        scale = Math.min(3, Math.max(0.2, scale * factor));
        apply();
      };
    }
    var bar = document.createElement("p");
    bar.className = "zoom";
    bar.appendChild(button("−", "Alejar el diagrama", by(1 / 1.25)));
    bar.appendChild(button("+", "Acercar el diagrama", by(1.25)));
    bar.appendChild(button("Ajustar", "Ajustar el diagrama a lo ancho", fit));
    box.parentNode.insertBefore(bar, box);
    box.addEventListener("keydown", function (event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      var act = { "+": by(1.25), "-": by(1 / 1.25), "0": fit }[event.key];
      if (act) { event.preventDefault(); act(); }
    });
    drag(box);
    apply();
    var here = svg.querySelector(".fc-here");
    if (here && here.getBoundingClientRect) {
      var at = here.getBoundingClientRect(), frame = box.getBoundingClientRect();
      box.scrollTop = Math.max(0, at.top - frame.top - frame.height / 3);
      box.scrollLeft = Math.max(0, at.left - frame.left - frame.width / 3);
    }
  }
  /* A long list of boxes to tick: it scrolls, and typing narrows it. Ticked ones stay in sight. */
  function plain(text) { return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, ""); }
  function pickList(box) {
    var items = Array.prototype.slice.call(box.querySelectorAll(".form-check"));
    if (items.length < 8) return;
    var frame = document.createElement("div");
    frame.className = "pick-scroll";
    items[0].parentNode.insertBefore(frame, items[0]);
    items.forEach(function (item) { frame.appendChild(item); });
    var search = document.createElement("input");
    search.type = "search";
    search.className = "form-control pick-search";
    search.placeholder = box.dataset.pick;
    search.setAttribute("aria-label", box.dataset.pick);
    search.addEventListener("input", function () {
      var wanted = plain(search.value);
      items.forEach(function (item) {
        var ticked = item.querySelector("input").checked;
        item.hidden = !ticked && plain(item.textContent).indexOf(wanted) < 0;
      });
    });
    frame.parentNode.insertBefore(search, frame);
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-pick]").forEach(pickList);
    document.querySelectorAll("[data-zoom]").forEach(zoomable);
  });
})();
