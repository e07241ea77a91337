/* Ties the buttons of a page to allauth's passkey functions: <div data-passkey="addForm" data-ids='{…}'>. */
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  document.querySelectorAll("[data-passkey]").forEach(function (place) {
    var functions = window.allauth && window.allauth.webauthn && window.allauth.webauthn.forms;
    if (functions) functions[place.dataset.passkey]({ ids: JSON.parse(place.dataset.ids) });
  });
  /* What a browser says when a passkey is not used, in words. */
  document.addEventListener("allauth.error", function (event) {
    event.preventDefault();
    if (window.turna) window.turna.say("No se usó la llave. Puede intentarlo otra vez o entrar de otra manera.", "warning");
  });
});
