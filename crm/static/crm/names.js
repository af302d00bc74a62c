// Fields get the name they are shown under, for those who do not see where they stand.
"use strict";

(() => {
  const label = (field) => document.querySelector(`label[for="${CSS.escape(field.id)}"]`);

  const heading = (cell) => {
    const head = cell.closest("table")?.tHead?.rows[0]?.cells[cell.cellIndex];
    return head?.textContent.trim().replace(/\s+/g, " ") ?? "";
  };

  const nameOf = (field) => {
    const own = field.id ? label(field) : null;
    if (own?.textContent.trim()) return own.textContent.trim().replace(/\s+/g, " ").replace(/\s*\*$/, "");
    const cell = field.closest("td");
    return (cell && heading(cell)) || field.getAttribute("aria-label") || "";
  };

  const nameSelection = (box) => {
    const select = box.closest(".select2-container")?.previousElementSibling;
    const name = select && nameOf(select);
    if (!name) return;
    for (const part of [box, ...box.querySelectorAll("[role=textbox]")]) {
      if (part.getAttribute("aria-label") !== name) part.setAttribute("aria-label", name);
    }
  };

  const nameCell = (field) => {
    if (field.hasAttribute("aria-label") || (field.id && label(field))) return;
    const name = nameOf(field);
    if (name) field.setAttribute("aria-label", name);
  };

  // The name of an icon is drawn as a picture; beside words it would be read aloud with them.
  const hideIcon = (icon) => {
    const control = icon.closest("a, button, label, summary, h1, h2, h3, p, li");
    if (!control) return;
    const words = [...control.childNodes].some((node) => hasWords(node));
    if (words || control.hasAttribute("aria-label")) icon.setAttribute("aria-hidden", "true");
  };

  const hasWords = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return Boolean(node.data.trim());
    if (node.nodeType !== Node.ELEMENT_NODE || node.matches(".material-symbols-outlined")) return false;
    return [...node.childNodes].some(hasWords);
  };

  const name = (root) => {
    for (const icon of root.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) hideIcon(icon);
    for (const box of root.querySelectorAll(".select2-selection")) nameSelection(box);
    for (const field of root.querySelectorAll("td input:not([type=hidden]), td select, td textarea")) nameCell(field);
    for (const tip of root.querySelectorAll("span.help-tooltip[aria-label]:not([role])")) tip.setAttribute("role", "img");
  };

  const begin = () => {
    name(document);
    let waiting = false;
    new MutationObserver(() => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(() => {
        waiting = false;
        name(document);
      });
    }).observe(document.body, { childList: true, subtree: true });
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
  else begin();
})();
