"use strict";

// Rows of the list that open, menus that close, forms that are sent once, and the keys that lead to the neighbours.

{
    const inField = (element) =>
        element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) || element.closest("[role=textbox], [role=combobox], .select2-container, dialog");

    const open = (button) => {
        const row = button.closest("tr");
        const body = row.closest("tbody");
        let shown = body.querySelector(".icp-expanded");
        const expanded = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!expanded));
        if (shown) {
            shown.hidden = expanded;
            return;
        }
        shown = document.createElement("tr");
        shown.className = "icp-expanded";
        const cell = document.createElement("td");
        cell.colSpan = row.children.length;
        cell.textContent = "Loading the receipt …";
        cell.setAttribute("role", "status");
        cell.id = `receipt-${button.dataset.receipt.replace(/\D+/g, "")}`;
        button.setAttribute("aria-controls", cell.id);
        shown.append(cell);
        body.append(shown);
        const failed = () => {
            cell.textContent = "The receipt could not be loaded. Close the row and open it again.";
            button.addEventListener("click", () => shown.remove(), { once: true, capture: true });
        };
        fetch(button.dataset.receipt, { headers: { "X-Requested-With": "XMLHttpRequest" }, redirect: "error" })
            .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
            .then((html) => {
                cell.removeAttribute("role");
                cell.innerHTML = html;
            })
            .catch(failed);
    };

    document.addEventListener("click", (event) => {
        const button = event.target.closest("[data-receipt]");
        if (button) {
            open(button);
        }
        for (const menu of document.querySelectorAll("details.icp-menu[open]")) {
            if (!menu.contains(event.target)) {
                menu.open = false;
            }
        }
    });

    document.addEventListener("submit", (event) => {
        const form = event.target;
        if (!form.matches("form[data-icp-send-once]")) {
            return;
        }
        if (form.dataset.icpListSent) {
            event.preventDefault();
            return;
        }
        form.dataset.icpListSent = "1";
        // A file is answered without leaving the page, and may be asked for again.
        setTimeout(() => delete form.dataset.icpListSent, 4000);
    });

    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            for (const menu of document.querySelectorAll("details.icp-menu[open]")) {
                menu.open = false;
                menu.querySelector("summary").focus();
            }
        }
        if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) {
            return;
        }
        const way = { j: "after", k: "before" }[event.key];
        const link = way && document.querySelector(`[data-neighbour=${way}]`);
        if (link) {
            event.preventDefault();
            link.click();
        }
    });
}
