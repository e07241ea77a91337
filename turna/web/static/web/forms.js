/* Comforts of forms: sent once, saved while typing, rows added, fields shown when they apply.
   Every rule is the server's; without this script the same form works. */
(function () {
  "use strict";

  /* --- Sent once: the button rests while the act is under way. The hidden act makes a repetition harmless. --- */
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("data-many")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    window.setTimeout(function () {
      form.querySelectorAll("button[type=submit], button:not([type])").forEach(function (b) { b.setAttribute("aria-busy", "true"); });
    }, 0);
    window.setTimeout(function () { release(form); }, 15000);
  });
  function release(form) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach(function (b) { b.removeAttribute("aria-busy"); });
  }
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach(release);
  });

  /* --- Upper case for CURP and RFC; amounts lose their commas and signs when left. --- */
  document.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.matches) return;
    if (field.matches("[data-upper]")) field.value = field.value.toUpperCase().replace(/\s+/g, "");
    if (field.matches("[data-money]")) {
      var bare = field.value.replace(/[$,\s]/g, "");
      if (/^-?\d+(\.\d+)?$/.test(bare)) field.value = Number(bare).toFixed(2).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ",");
    }
  });

  /* --- Rows: empty ones wait hidden; the button shows the next one, or copies the pattern. Each row is moved and
         removed by its own buttons, which without this script are sent to the server. --- */
  function addRow(box) {
    var waiting = box.querySelector("tbody tr[hidden]");
    if (waiting) {
      waiting.hidden = false;
      waiting.parentElement.appendChild(waiting);
    } else {
      waiting = copyPattern(box);
    }
    if (!waiting) return;
    numberRows(box);
    focusFirst(waiting);
  }
  function copyPattern(box) {
    var pattern = box.querySelector("template");
    var body = box.querySelector("tbody");
    var index = Number(box.dataset.next || body.rows.length);
    if (!pattern || body.rows.length >= Number(box.dataset.most || 500)) return null;
    box.dataset.next = String(index + 1);
    var row = pattern.content.firstElementChild.cloneNode(true);
    row.querySelectorAll("*").forEach(function (part) {
      Array.from(part.attributes).forEach(function (attribute) {
        if (attribute.value.indexOf("__") < 0) return;
        part.setAttribute(attribute.name, attribute.value.replace(/__i__/g, String(index)).replace(/__n__/g, String(index + 1)));
      });
    });
    body.appendChild(row);
    readyRows(box);
    document.dispatchEvent(new CustomEvent("turna:fields", { detail: row }));
    return row;
  }
  function focusFirst(row) {
    var first = row.querySelector("input:not([type=hidden]),select,textarea");
    if (first) first.focus();
  }
  function shownRows(box) {
    return Array.prototype.filter.call(box.querySelector("tbody").rows, function (row) { return !row.hidden; });
  }
  function numberRows(box) {
    shownRows(box).forEach(function (row, i) {
      row.querySelectorAll("[data-row-number]").forEach(function (place) { place.textContent = String(i + 1); });
    });
  }
  function readyRows(box) {
    box.querySelectorAll("[data-row-act]").forEach(function (b) { b.type = "button"; });
  }
  function say(box, text) {
    var place = box.querySelector("[data-rows-said]");
    if (place) place.textContent = text;
  }
  function moveRow(box, row, button) {
    var rows = shownRows(box), at = rows.indexOf(row), up = button.dataset.rowAct === "up";
    var other = rows[up ? at - 1 : at + 1];
    if (!other) return;
    row.parentElement.insertBefore(up ? row : other, up ? other : row);
    numberRows(box);
    button.focus();
    say(box, "Renglón movido al lugar " + (up ? at : at + 2) + ".");
  }
  function dropRow(box, row) {
    var rows = shownRows(box), at = rows.indexOf(row);
    row.querySelectorAll("input,select,textarea").forEach(function (f) {
      if (f.type === "checkbox" || f.type === "radio") f.checked = false; else f.value = "";
    });
    row.hidden = true;
    numberRows(box);
    say(box, "Renglón quitado.");
    var next = rows[at + 1] || rows[at - 1];
    if (next) focusFirst(next); else box.querySelector("[data-add-row]").focus();
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-add-row],[data-row-act]");
    if (!button) return;
    event.preventDefault();
    var box = button.closest("[data-rows]"), row = button.closest("tr");
    if (button.matches("[data-add-row]")) addRow(box);
    else if (button.dataset.rowAct === "drop") dropRow(box, row);
    else moveRow(box, row, button);
    changed(box);
  });
  function filled(row) {
    return Array.prototype.some.call(row.querySelectorAll("input,select,textarea"), function (f) {
      if (f.type === "checkbox") return f.checked;
      return f.value !== "";
    });
  }
  function prepareRows() {
    /* Where drafts are saved the answer brings what applies; elsewhere the button stays. */
    document.querySelectorAll("form[data-autosave] [data-without-script]").forEach(function (part) { part.hidden = true; });
    document.querySelectorAll("[data-rows]").forEach(function (box) {
      if (box.dataset.ready) return;
      box.dataset.ready = "1";
      box.querySelector("[data-add-row]").hidden = false;
      readyRows(box);
      var rows = Array.from(box.querySelectorAll("tbody tr"));
      rows.forEach(function (row, i) {
        if (i > 0 && !filled(row) && !row.querySelector(".field-error")) row.hidden = true;
      });
      numberRows(box);
    });
  }

  /* --- Fields that show only when they apply. Comparisons of choices are followed at once; all of them, and what is
         worked out, come with the server's answer to the draft. --- */
  function valueOf(form, name) {
    var fields = form.querySelectorAll('[data-field="' + name + '"]');
    for (var i = 0; i < fields.length; i += 1) {
      var f = fields[i];
      if (f.closest("[data-depends][hidden]")) continue; // what is out of sight counts as not answered
      if (f.dataset.value !== undefined) return f.dataset.value; // worked out by the server when it was saved
      if (f.type !== "radio" && f.type !== "checkbox") return f.value;
      if (f.checked) return f.value;
    }
    return fields.length ? "" : null;
  }
  /* An unanswered field settles nothing, as on the server: what depends on it stays out of sight. */
  function holds(form, rule) {
    var value = valueOf(form, rule.field);
    if (value === null) return true;
    if (value === "") return false;
    return (rule.values.indexOf(value) >= 0) === (rule.op === "in");
  }
  function applyConditions(form) {
    form.querySelectorAll("[data-show-if]").forEach(function (box) {
      var ways;
      try { ways = JSON.parse(box.dataset.showIf); } catch (e) { return; }
      box.hidden = !ways.some(function (rules) { return rules.every(function (rule) { return holds(form, rule); }); });
    });
  }
  function applyState(state) {
    Object.keys(state.shown || {}).forEach(function (name) {
      var box = document.getElementById(name + "-campo");
      if (box) box.hidden = !state.shown[name];
    });
    Object.keys(state.computed || {}).forEach(function (name) {
      var place = document.getElementById(name);
      if (place && place.textContent !== (state.computed[name] || "—")) place.textContent = state.computed[name] || "—";
    });
    Object.keys(state.warnings || {}).forEach(function (name) {
      var place = document.getElementById(name + "-aviso");
      if (place) { place.textContent = state.warnings[name]; place.hidden = !state.warnings[name]; }
    });
  }

  /* --- Saved while typing. A form with data-autosave="ADDRESS" posts itself there; without a connection the text
         stays on this device, and the page says which of the two it is. --- */
  var CALM = 1200, SENDING = "turna:sending";
  function autosave(form) {
    var sign = form.querySelector("[data-saved]");
    var key = "turna:" + window.location.pathname + ":" + (form.dataset.person || "");
    var timer = 0, savedAt = 0, running = false, again = false;

    function tell(state, text) {
      if (!sign) return;
      sign.dataset.state = state;
      sign.textContent = text;
    }
    function data() {
      var out = new FormData(form);
      out.delete("act");
      Array.from(out.entries()).forEach(function (pair) { if (pair[1] instanceof File) out.delete(pair[0]); });
      return out;
    }
    function keepPairs() {
      var pairs = Array.from(data().entries()).filter(function (p) { return p[0] !== "csrfmiddlewaretoken"; });
      window.localStorage.setItem(key, JSON.stringify({ at: Date.now(), pairs: pairs }));
    }
    function keepHere(why) {
      try {
        keepPairs();
        tell("offline", why + " Lo escrito está guardado solo en este equipo; se enviará cuando vuelva la conexión.");
      } catch (e) {
        tell("error", why + " Lo escrito todavía no está guardado: no cierre esta página.");
      }
    }
    function send() {
      if (running) { again = true; return; }
      running = true;
      fetch(form.dataset.autosave, {
        method: "POST", body: data(), credentials: "same-origin", headers: { "X-Requested-With": "fetch" }
      }).then(function (response) {
        if (response.redirected || response.status === 403) {
          keepHere("La sesión terminó. Abra otra pestaña y vuelva a entrar.");
          return;
        }
        if (!response.ok) throw new Error(String(response.status));
        savedAt = Date.now();
        window.localStorage.removeItem(key);
        tell("saved", "Borrador guardado hace un momento.");
        if (response.status === 204) return;
        return response.json().then(function (state) { if (!again) applyState(state); });
      }).catch(function () {
        keepHere("No hay conexión.");
      }).then(function () {
        running = false;
        if (again) { again = false; send(); }
      });
    }
    var live = form.querySelector("[data-depends],output,template") !== null;
    function later(event) {
      window.clearTimeout(timer);
      tell("typing", "Guardando…");
      timer = window.setTimeout(send, live ? (event && event.type === "change" ? 60 : 350) : CALM);
    }
    form.addEventListener("input", later);
    if (live) form.addEventListener("change", later);
    form.addEventListener("turna:changed", later);
    /* Nobody knows yet whether what is sent arrives: it stays here until a page tells so (settle). */
    form.addEventListener("submit", function () {
      window.clearTimeout(timer);
      try {
        keepPairs();
        window.sessionStorage.setItem(SENDING, key);
      } catch (e) { /* no room on this device: the page goes on without the copy */ }
    });
    window.addEventListener("online", function () { if (window.localStorage.getItem(key)) send(); });
    window.setInterval(function () {
      if (!savedAt || !sign || sign.dataset.state !== "saved") return;
      var minutes = Math.floor((Date.now() - savedAt) / 60000);
      if (minutes >= 1) tell("saved", "Borrador guardado hace " + minutes + (minutes === 1 ? " minuto." : " minutos."));
    }, 20000);
    settle(form, key);
    offerKept(form, key, later);
  }
  /* The answer to what was sent has come: a page without that form, or the form with its faults. */
  function settle(form, key) {
    var sent = window.sessionStorage.getItem(SENDING);
    if (!sent) return;
    window.sessionStorage.removeItem(SENDING);
    if (!form || sent !== key || document.querySelector("[data-error-summary],[data-settled]")) window.localStorage.removeItem(sent);
  }
  function holdsAll(form, pairs) {
    var now = new FormData(form);
    return pairs.every(function (pair) { return pair[0] === "act" || now.getAll(pair[0]).indexOf(pair[1]) >= 0; });
  }
  function offerKept(form, key, later) {
    var kept;
    try { kept = JSON.parse(window.localStorage.getItem(key) || "null"); } catch (e) { kept = null; }
    if (!kept) return;
    if (holdsAll(form, kept.pairs)) { window.localStorage.removeItem(key); return; }
    if (Date.now() - kept.at > 30 * 24 * 3600 * 1000) { window.localStorage.removeItem(key); return; }
    var box = document.createElement("div");
    box.className = "alert alert-warning";
    var words = document.createElement("span");
    words.textContent = "En este equipo quedó algo escrito que no llegó a enviarse. ";
    var button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-sm btn-outline-secondary";
    button.textContent = "Recuperarlo";
    button.addEventListener("click", function () {
      kept.pairs.forEach(function (pair) { restore(form, pair[0], pair[1]); });
      box.remove();
      applyConditions(form);
      later();
    });
    box.appendChild(words);
    box.appendChild(button);
    form.insertBefore(box, form.firstChild);
  }
  function restore(form, name, value) {
    Array.prototype.forEach.call(form.elements, function (f) {
      if (f.name !== name || f.type === "hidden" || f.type === "file") return;
      if (f.type === "radio" || f.type === "checkbox") { if (f.value === value) f.checked = true; } else { f.value = value; }
      var row = f.closest("tr[hidden]");
      if (row && value) { row.hidden = false; numberRows(row.closest("[data-rows]")); }
    });
  }
  function changed(part) {
    var form = part.closest("form");
    if (form) form.dispatchEvent(new CustomEvent("turna:changed"));
  }

  function prepare() {
    prepareRows();
    if (!document.querySelector("form[data-autosave]")) settle(null, "");
    document.querySelectorAll("form").forEach(function (form) {
      if (form.querySelector("[data-show-if]")) {
        applyConditions(form);
        form.addEventListener("input", function () { applyConditions(form); });
        form.addEventListener("change", function () { applyConditions(form); });
      }
      if (form.dataset.autosave && !form.dataset.autosaves) {
        form.dataset.autosaves = "1";
        autosave(form);
      }
    });
  }
  document.addEventListener("DOMContentLoaded", prepare);
  document.addEventListener("htmx:afterSwap", prepare);
})();
