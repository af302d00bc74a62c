/* Whatever is folded is printed too, and folded again afterwards. */

const folded = new Set();

window.addEventListener("beforeprint", () => {
    for (const each of document.querySelectorAll(".icp-book details:not([open])")) {
        folded.add(each);
        each.open = true;
    }
});

window.addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
    folded.clear();
});

document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
