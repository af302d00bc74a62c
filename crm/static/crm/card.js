/* The fit card: what one typed elsewhere outlives an answer, the keyboard goes on where one was,
   and the page's own form learns what was answered. Without this file every form still works. */

(() => {
    "use strict";

    let kept = null;
    let mended = 0;

    const card = () => document.querySelector("[data-icp-card]");
    const shown = (element) => element.offsetParent !== null;

    const remember = (sent) => {
        const body = document.getElementById("fit-body");
        kept = { open: [], closed: [], typed: {} };
        body.querySelectorAll("details[data-profile]").forEach((each) => {
            (each.open ? kept.open : kept.closed).push(each.dataset.profile);
        });
        body.querySelectorAll("form[data-answer]").forEach((form) => {
            if (form === sent || form.closest(".icp-mend")) {
                return;
            }
            const fields = [...form.elements].filter((each) => each.name && each.type !== "hidden");
            const changed = fields.filter((each) => ("checked" in each && each.matches("[type=checkbox], [type=radio]") ? each.checked !== each.defaultChecked : each.matches("input, textarea") ? each.value !== each.defaultValue : each.value !== ""));
            if (changed.length) {
                kept.typed[form.id] = changed.map((each) => ({ name: each.name, value: each.value, checked: each.checked }));
            }
        });
    };

    const restore = () => {
        const body = document.getElementById("fit-body");
        body.querySelectorAll("details[data-profile]").forEach((each) => {
            if (kept.open.includes(each.dataset.profile)) {
                each.open = true;
            } else if (kept.closed.includes(each.dataset.profile)) {
                each.open = false;
            }
        });
        Object.entries(kept.typed).forEach(([id, fields]) => {
            const form = document.getElementById(id);
            fields.forEach(({ name, value, checked }) => {
                [...(form ? form.elements : [])].filter((each) => each.name === name).forEach((each) => {
                    if (each.matches("[type=checkbox], [type=radio]")) {
                        each.checked = each.value === value ? checked : each.checked;
                    } else {
                        each.value = value;
                    }
                });
            });
        });
        kept = null;
    };

    const goOn = () => {
        const body = document.getElementById("fit-body");
        const on = body.dataset.focusOn;
        let next = null;
        if (on === "ask") {
            const fields = body.querySelectorAll(".icp-asks form input:not([type=hidden]), .icp-asks form select");
            next = [...fields].find(shown);
        } else if (on) {
            const found = [...card().querySelectorAll(`[data-focus="${on}"]`)].filter(shown);
            next = found[Math.min(mended, found.length - 1)];
        }
        (next || document.getElementById("fit-said")).focus();
    };

    document.addEventListener("click", (event) => {
        const pencil = event.target.closest(".icp-pencil");
        if (pencil) {
            const same = [...card().querySelectorAll(`[data-focus="${pencil.dataset.focus}"]`)].filter(shown);
            mended = Math.max(0, same.indexOf(pencil));
            card().querySelectorAll(".icp-mend").forEach((room) => room.replaceChildren());
        }
        const close = event.target.closest("[data-close]");
        const room = close && close.closest(".icp-mend, .icp-card__room");
        if (room) {
            event.preventDefault();
            const opener = room.matches(".icp-card__room") ? document.querySelector('[data-focus="override"]') : room.previousElementSibling?.querySelector(".icp-pencil");
            room.replaceChildren();
            opener?.focus();
        }
    });

    document.addEventListener("keydown", (event) => {
        if (event.key === "Escape" && event.target.closest) {
            event.target.closest(".icp-mend, .icp-card__room")?.querySelector("[data-close]")?.click();
        }
        if (event.key === " " && event.target.matches?.("a[role=button]")) {
            event.preventDefault();
            event.target.click();
        }
    });

    document.addEventListener("htmx:beforeSwap", (event) => {
        if (event.detail.target.id === "fit-body") {
            remember(event.detail.requestConfig?.elt);
        }
    });

    document.addEventListener("htmx:afterSettle", (event) => {
        const target = event.detail.target;
        if (kept && document.getElementById("fit-body")) {
            restore();
            goOn();
        } else if (target && target.matches(".icp-mend, .icp-card__room")) {
            target.querySelector("input:not([type=hidden]), select, textarea")?.focus();
        }
    });

    /* What was answered on the card stands in the form below too, unless somebody is typing there. */
    document.addEventListener("icp:stated", (event) => {
        const built = document.querySelector("#company_form [name=built_from]");
        if (!built) {
            return;
        }
        const from = JSON.parse(built.value);
        Object.entries(event.detail).forEach(([name, now]) => {
            const field = document.querySelector(`#company_form [name="${name}"]`);
            if (!now || typeof now !== "object" || !field || !("mark" in now)) {
                return;
            }
            const first = field.matches("select") ? [...field.options].find((each) => each.defaultSelected)?.value ?? "" : field.defaultValue;
            if (field.value !== first) {
                return;
            }
            field.value = now.value;
            if (field.matches("select")) {
                [...field.options].forEach((each) => { each.defaultSelected = each.value === now.value; });
            } else {
                field.defaultValue = now.value;
            }
            from.marks[name] = now.mark;
        });
        built.value = JSON.stringify(from);
    });
})();
