// The queue of titles: how many are ticked, and all of a page at once. Without this script every form still works.

const many = document.getElementById("say-many");

if (many) {
  const boxes = [...document.querySelectorAll('input[name="title"][form="say-many"]')];
  const all = many.querySelector("[data-tick-all]");
  const told = many.querySelector("[data-ticked]");
  const unticked = told.textContent;
  const tell = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    told.textContent = ticked ? `${ticked} title${ticked === 1 ? "" : "s"} ticked:` : unticked;
    all.firstElementChild.checked = ticked === boxes.length;
    all.firstElementChild.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.hidden = !boxes.length;
  all.firstElementChild.addEventListener("change", (event) => {
    for (const box of boxes) box.checked = event.target.checked;
    tell();
  });
  for (const box of boxes) box.addEventListener("change", tell);
  window.addEventListener("pageshow", tell);
  tell();
}

// One menu of a row is open at a time, and Escape closes it.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches(".icp-title details") || !event.target.open) return;
  for (const other of document.querySelectorAll(".icp-title details[open]")) if (other !== event.target) other.open = false;
}, true);
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && document.querySelector(".icp-title details[open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// The frame hides the page until it is ready, and what is hidden cannot be focused.
const focus = (frames) => {
  if (document.documentElement.hasAttribute("x-cloak") && frames) requestAnimationFrame(() => focus(frames - 1));
  else requestAnimationFrame(() => document.querySelector(".icp-titles [autofocus]")?.focus());
};
focus(120);
