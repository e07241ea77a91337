/* Comforts of the frame: menus that close, dialogs, keyboard, messages. Nothing here is needed to do one's work. */
(function () {
  "use strict";

  function typing(target) {
    return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
  }

  /* Menus (<details data-menu>) close on Escape and on a click elsewhere. */
  function closeMenus(except) {
    document.querySelectorAll("details[data-menu][open]").forEach(function (menu) {
      if (menu !== except) menu.open = false;
    });
  }
  document.addEventListener("click", function (event) {
    closeMenus(event.target.closest("details[data-menu]"));
    var opener = event.target.closest("[data-open-dialog]");
    if (opener) {
      var dialog = document.getElementById(opener.dataset.openDialog);
      if (dialog && dialog.showModal) {
        event.preventDefault();
        closeMenus(null);
        dialog.showModal();
      }
    }
    if (event.target.closest("[data-close-dialog]")) {
      var open = event.target.closest("dialog");
      if (open) { event.preventDefault(); open.close(); }
    }
    if (event.target.matches("dialog[open]")) event.target.close();
    var account = event.target.closest("[data-login]");
    if (account) {
      var login = document.querySelector("input[name=login]");
      login.value = account.dataset.login;
      login.form.elements.password.value = account.dataset.password;
      login.form.requestSubmit();
    }
    if (event.target.closest("[data-print]")) window.print();
    var copier = event.target.closest("[data-copy]");
    if (copier && navigator.clipboard) {
      navigator.clipboard.writeText(copier.dataset.copy).then(function () { say("Copiado."); });
    }
  });

  /* Something to tell without leaving the page: read aloud and shown. */
  function say(text, kind) {
    var place = document.getElementById("mensajes");
    if (!place) return;
    var box = document.createElement("div");
    box.className = "alert alert-" + (kind || "info");
    box.textContent = text;
    place.appendChild(box);
    window.setTimeout(function () { box.remove(); }, 8000);
  }
  window.turna = window.turna || {};
  window.turna.say = say;

  /* Rows ([data-row] with a link inside): j and k move, Enter opens, x marks. */
  function rows() {
    return Array.prototype.filter.call(document.querySelectorAll("[data-row]"), function (row) {
      return row.offsetParent !== null;
    });
  }
  function move(step) {
    var all = rows();
    if (!all.length) return;
    var at = all.findIndex(function (row) { return row.classList.contains("is-here"); });
    var next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
    if (at >= 0) all[at].classList.remove("is-here");
    all[next].classList.add("is-here");
    var link = all[next].querySelector("a[href]");
    if (link) link.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
  }
  function here() { return document.querySelector("[data-row].is-here"); }

  var waitingForPlace = 0;
  function go(key) {
    var link = document.querySelector('[data-go="' + key + '"]');
    if (link) window.location.assign(link.href);
  }
  var keys = {
    "?": function () {
      var sheet = document.getElementById("atajos");
      if (sheet && sheet.showModal && !sheet.open) sheet.showModal();
    },
    "j": function () { move(1); },
    "k": function () { move(-1); },
    "x": function () {
      var box = here() && here().querySelector("input[type=checkbox]");
      if (box) box.click();
    },
    "g": function () { waitingForPlace = Date.now(); }
  };
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape") { closeMenus(null); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (waitingForPlace && Date.now() - waitingForPlace < 1500 && /^[a-z]$/.test(event.key)) {
      waitingForPlace = 0;
      event.preventDefault();
      go(event.key);
      return;
    }
    waitingForPlace = 0;
    var own = document.querySelector('[data-key="' + event.key.replace(/["\\]/g, "") + '"]');
    if (own) {
      event.preventDefault();
      if (typing(own)) { own.focus(); own.select && own.select(); } else { own.click(); }
    } else if (keys[event.key]) {
      if (event.key !== "g") event.preventDefault();
      keys[event.key]();
    }
  });

  /* Marking all rows of a list. */
  document.addEventListener("change", function (event) {
    var all = event.target.closest("[data-mark-all]");
    if (all) {
      document.querySelectorAll('input[type=checkbox][name="' + all.dataset.markAll + '"]').forEach(function (box) {
        box.checked = all.checked;
        box.dispatchEvent(new Event("change", { bubbles: true }));
      });
    }
    var self = event.target.closest("[data-submit-on-change]");
    if (self && self.form) self.form.requestSubmit();
  });

  /* A list that is being searched as one types must not jump; errors of htmx are told in words. */
  document.addEventListener("htmx:responseError", function () {
    say("No se pudo actualizar la página. Vuelva a intentarlo.", "error");
  });
  document.addEventListener("htmx:sendError", function () {
    say("No hay conexión. Lo que ve puede no estar al día.", "error");
  });

  /* Leaving on purpose takes along what was kept on this device. */
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-forget]")) return;
    try {
      Object.keys(window.localStorage).forEach(function (key) {
        if (key.indexOf("turna:") === 0) window.localStorage.removeItem(key);
      });
    } catch (e) { /* storage is off: nothing was kept */ }
  });

  document.addEventListener("DOMContentLoaded", function () {
    var summary = document.querySelector("[data-error-summary]");
    if (summary) summary.focus();
    document.querySelectorAll("[data-login]").forEach(function (button) { button.hidden = false; });
  });
})();
