// Small helps for working an account. Without this script every form and link still works.

// "Cancel" closes the form where it stands, instead of loading the page anew.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-close]");
  const region = link && document.getElementById(link.dataset.close);
  if (region && link.closest("form[hx-post]") && document.querySelector(".icp-log")) {
    event.preventDefault();
    region.replaceChildren();
    document.querySelector(".icp-log a").focus();
  }
});

// A form sent twice by an impatient hand is sent once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent);
});

// A card of the pipeline can be dragged to another stage; the buttons on it do the same.
let dragged = null;
const stageOf = (event) => event.target.closest && event.target.closest(".icp-stage[data-stage]");
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest && event.target.closest(".icp-deal[draggable]");
  if (dragged) event.dataTransfer.effectAllowed = "move";
});
document.addEventListener("dragover", (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  stage.classList.add("icp-stage--over");
});
document.addEventListener("dragleave", (event) => {
  const stage = stageOf(event);
  if (stage && !stage.contains(event.relatedTarget)) stage.classList.remove("icp-stage--over");
});
document.addEventListener("drop", (event) => {
  const stage = stageOf(event);
  if (!dragged || !stage) return;
  event.preventDefault();
  const button = dragged.querySelector(`button[name=stage][value="${stage.dataset.stage}"]`);
  stage.classList.remove("icp-stage--over");
  if (button) button.click();
});
document.addEventListener("dragend", () => {
  dragged = null;
  document.querySelectorAll(".icp-stage--over").forEach((stage) => stage.classList.remove("icp-stage--over"));
});
