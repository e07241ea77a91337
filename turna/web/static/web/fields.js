/* Fields that are more than an input: names suggested while one types, what lies at a postal code, a picture before it
   is sent, a signature drawn by hand, a point on a map. Without this script the same fields are typed. */
(function () {
  "use strict";

  function later(calm, act) {
    var timer = 0;
    return function (given) {
      window.clearTimeout(timer);
      timer = window.setTimeout(function () { act(given); }, calm);
    };
  }
  function told(form) {
    if (form) form.dispatchEvent(new CustomEvent("turna:changed"));
  }
  function ask(address, then) {
    fetch(address, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } }).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.json() : null;
    }).then(function (found) { if (found) then(found); }).catch(function () { /* no connection: one types the whole */ });
  }
  function offer(list, texts) {
    list.replaceChildren.apply(list, texts.map(function (text) {
      var option = document.createElement("option");
      option.value = text;
      return option;
    }));
  }

  /* --- Names, and what lies at a postal code --- */
  var suggest = later(200, function (input) {
    var words = input.value.trim(), list = document.getElementById(input.getAttribute("list"));
    if (words.length < 2 || !list) return;
    var more = input.dataset.refers ? "&refiere=" + encodeURIComponent(input.dataset.refers) : "";
    var where = input.dataset.suggest;
    var asked = where + (where.indexOf("?") < 0 ? "?q=" : "&q=") + encodeURIComponent(words) + more;
    ask(asked, function (found) { offer(list, found.names); });
  });
  var places = later(200, function (input) {
    var box = input.closest("[data-address]");
    if (!/^\d{5}$/.test(input.value)) return;
    ask(box.dataset.colonias + "?cp=" + input.value, function (found) { settleAt(box, found.places); });
  });
  function part(box, name) { return box.querySelector('[data-part="' + name + '"]'); }
  function settleAt(box, found) {
    var colonia = part(box, "colonia"), one = found[0];
    offer(document.getElementById(colonia.getAttribute("list")), found.map(function (place) { return place.colonia; }));
    if (!one) return;
    if (!colonia.value && found.length === 1) colonia.value = one.colonia;
    ["municipio", "estado"].forEach(function (name) { if (!part(box, name).value) part(box, name).value = one[name]; });
    told(box.closest("form"));
  }
  document.addEventListener("input", function (event) {
    var input = event.target;
    if (!input.matches) return;
    if (input.matches("[data-suggest]")) suggest(input);
    if (input.matches("[data-address] [data-postal]")) places(input);
  });
  var byColonia = later(300, function (input) {
    var box = input.closest("[data-address]");
    if (part(box, "codigo_postal").value || input.value.length < 4) return;
    ask(box.dataset.colonias + "?colonia=" + encodeURIComponent(input.value), function (found) {
      if (found.places.length !== 1) return;
      part(box, "codigo_postal").value = found.places[0].codigo_postal;
      settleAt(box, found.places);
    });
  });
  document.addEventListener("change", function (event) {
    if (event.target.matches && event.target.matches("[data-address] [data-colonia]")) byColonia(event.target);
    if (event.target.matches && event.target.matches("input[type=file][data-preview]")) preview(event.target);
  });

  /* --- A picture before it is sent: drawn, because the policy lets no picture come from elsewhere --- */
  function preview(input) {
    var old = input.parentElement.querySelector("canvas[data-preview-of]");
    if (old) old.remove();
    var file = input.files && input.files[0];
    if (!file || !window.createImageBitmap) return;
    window.createImageBitmap(file).then(function (picture) {
      var canvas = document.createElement("canvas"), scale = Math.min(1, 320 / picture.width, 240 / picture.height);
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.dataset.previewOf = input.name;
      canvas.className = "thumbnail";
      canvas.setAttribute("role", "img");
      canvas.setAttribute("aria-label", "Vista previa de " + file.name);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      input.insertAdjacentElement("afterend", canvas);
    }).catch(function () { /* not a picture that this browser shows; the server tells what it is */ });
  }

  /* --- A signature drawn with finger, pen or mouse; it travels as a picture beside the typed name --- */
  function prepareSignature(box) {
    var canvas = box.querySelector("canvas"), input = box.querySelector("input[type=file]");
    var pen = canvas.getContext("2d"), drawing = false, drawn = false;
    var said = box.querySelector("[data-signature-said]");
    box.hidden = false;
    pen.lineWidth = 2.5;
    pen.lineCap = pen.lineJoin = "round";
    function at(event) {
      var place = canvas.getBoundingClientRect();
      return [(event.clientX - place.left) * canvas.width / place.width, (event.clientY - place.top) * canvas.height / place.height];
    }
    canvas.addEventListener("pointerdown", function (event) {
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      drawing = true;
      pen.beginPath();
      pen.moveTo.apply(pen, at(event));
    });
    canvas.addEventListener("pointermove", function (event) {
      if (!drawing) return;
      drawn = true;
      pen.lineTo.apply(pen, at(event));
      pen.stroke();
    });
    function lift() {
      if (!drawing) return;
      drawing = false;
      if (drawn) keep();
    }
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    function keep() {
      canvas.toBlob(function (picture) {
        var hold = new DataTransfer();
        hold.items.add(new File([picture], "firma.png", { type: "image/png" }));
        input.files = hold.files;
        said.textContent = "Trazo listo: se guarda al enviar.";
      }, "image/png");
    }
    box.querySelector("[data-signature-clear]").addEventListener("click", function () {
      pen.clearRect(0, 0, canvas.width, canvas.height);
      input.value = "";
      drawn = false;
      said.textContent = "Trazo borrado.";
    });
  }

  /* --- A point on a map: the two numbers are the field, the map writes them --- */
  function loadMaps(map, then) {
    if (window.L) { then(); return; }
    if (!document.querySelector("link[data-leaflet]")) {
      var style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = map.dataset.style;
      style.dataset.leaflet = "1";
      document.head.appendChild(style);
    }
    var script = document.querySelector("script[data-leaflet]");
    if (!script) {
      script = document.createElement("script");
      script.src = map.dataset.script;
      script.dataset.leaflet = "1";
      document.head.appendChild(script);
    }
    script.addEventListener("load", then);
  }
  function preparePoint(box) {
    var name = box.dataset.point, form = box.closest("form");
    var lat = document.getElementById(name + ".lat"), lon = document.getElementById(name + ".lon");
    var said = box.querySelector("[data-map-said]"), place = box.querySelector("[data-map]"), map = null, mark = null;
    box.hidden = false;
    function put(north, east, far) {
      lat.value = Number(north).toFixed(6);
      lon.value = Number(east).toFixed(6);
      said.textContent = "Punto en " + lat.value + ", " + lon.value + ".";
      show(far);
      told(form);
    }
    function show(far) {
      var north = Number(lat.value), east = Number(lon.value);
      if (!map || !lat.value || !lon.value || !(Math.abs(north) <= 90) || !(Math.abs(east) <= 180)) return;
      if (mark) mark.setLatLng([north, east]);
      else mark = window.L.marker([north, east], {
        draggable: true, keyboard: false, icon: window.L.divIcon({ className: "map-mark", iconSize: [22, 22] })
      }).addTo(map).on("dragend", function () { var p = mark.getLatLng(); put(p.lat, p.lng, false); });
      if (far) map.setView([north, east], Math.max(map.getZoom(), 15));
    }
    box.querySelector("[data-map-here]").addEventListener("click", function () {
      if (!navigator.geolocation) { said.textContent = "Este equipo no da su ubicación: escriba los números."; return; }
      said.textContent = "Buscando su ubicación…";
      navigator.geolocation.getCurrentPosition(function (found) {
        put(found.coords.latitude, found.coords.longitude, true);
      }, function () { said.textContent = "No se pudo saber su ubicación: escriba los números o muévase en el mapa."; });
    });
    [lat, lon].forEach(function (input) { input.addEventListener("change", function () { show(true); }); });
    if (!place.dataset.tiles) return;
    box.querySelector("[data-map-center]").addEventListener("click", function () {
      if (map) { var middle = map.getCenter(); put(middle.lat, middle.lng, false); }
    });
    loadMaps(place, function () {
      map = window.L.map(place, { keyboard: true, zoomAnimation: false, fadeAnimation: false }).setView([19.43, -99.13], 5);
      window.L.tileLayer(place.dataset.tiles, { attribution: place.dataset.attribution, maxZoom: 19 }).addTo(map);
      map.on("click", function (event) { put(event.latlng.lat, event.latlng.lng, false); });
      show(true);
    });
  }

  function prepare(root) {
    root.querySelectorAll("[data-signature]:not([data-ready])").forEach(function (box) {
      box.dataset.ready = "1";
      prepareSignature(box);
    });
    root.querySelectorAll("[data-point]:not([data-ready])").forEach(function (box) {
      box.dataset.ready = "1";
      preparePoint(box);
    });
  }
  document.addEventListener("DOMContentLoaded", function () { prepare(document); });
  document.addEventListener("htmx:afterSwap", function () { prepare(document); });
  document.addEventListener("turna:fields", function (event) { prepare(event.detail); });
})();
