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
  function zoomable(box) {
    var svg = box.querySelector("svg");
    if (!svg || !svg.viewBox || !svg.viewBox.baseVal.width) return;
    var natural = svg.viewBox.baseVal;
    var scale = Math.min(1, Math.max(0.45, (box.clientWidth - 20) / natural.width));
    function apply() {
      svg.setAttribute("width", String(Math.round(natural.width * scale)));
      svg.setAttribute("height", String(Math.round(natural.height * scale)));
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
    box.parentNode.insertBefore(bar, box);
    apply();
    var here = svg.querySelector(".fc-here");
    if (here && here.getBoundingClientRect) {
      var at = here.getBoundingClientRect(), frame = box.getBoundingClientRect();
      box.scrollTop = Math.max(0, at.top - frame.top - frame.height / 3);
      box.scrollLeft = Math.max(0, at.left - frame.left - frame.width / 3);
    }
  }
  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-zoom]").forEach(zoomable);
  });
})();
