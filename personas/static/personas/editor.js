/* The rule editor: a builder of conditions, a table of rows, bands, text with line numbers.
   Each keeps a textarea with the JSON that the server reads, so the form is plain HTML. */

let serial = 0;
const words = readJSON("vocabulary") || { subject: "company", facts: [], lists: [] };
const FACTS = new Map(words.facts.map((fact) => [fact.key, fact]));
const HOWS = [
    ["all", "All of these hold"],
    ["any", "Any of these holds"],
    ["at_least", "At least so many of these hold"],
    ["not", "This does not hold"],
];
const UNSAID = "How an unknown fact counts is left to the profile";
const DEEPEST = 6;

function readJSON(id) {
    const found = document.getElementById(id);
    return found ? JSON.parse(found.textContent) : null;
}

/* Small parts of the page */

function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
        else if (value === true) made.setAttribute(name, "");
        else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
}

function icon(name) {
    return element("span", { class: "material-symbols-outlined icp-icon", "aria-hidden": "true" }, name);
}

function tool(name, says, act, extra = {}) {
    return element("button", { type: "button", class: "icp-tool", "aria-label": says, title: says, onclick: act, ...extra }, icon(name));
}

function button(name, says, act, extra = {}) {
    return element("button", { type: "button", class: "icp-button", onclick: act, ...extra }, icon(name), says);
}

function choice(pairs, value, act, extra = {}) {
    const box = element("select", { onchange: (event) => act(event.target.value), ...extra });
    for (const [key, says] of pairs) box.append(element("option", { value: key, selected: key === value }, says));
    return box;
}

/* Numbers: typed with or without thousands, sent digit by digit */

class Digits {
    constructor(text) {
        this.text = text;
    }
}

export function digits(typed) {
    let text = String(typed).trim().replace(/\u00a0/g, " ").replace(/−/g, "-").replace(/^[$€£]\s*/, "").replace(/\s*%$/, "");
    const short = /^(.*\d)\s*([kKmM])$/.exec(text);
    if (short) text = short[1];
    if (/^[-+]?\d{1,3}([, ]\d{3})+(\.\d+)?$/.test(text)) text = text.replace(/[, ]/g, "");
    const parts = /^([-+]?)(\d*)(?:\.(\d*))?$/.exec(text);
    if (!parts || !(parts[2] || parts[3])) return String(typed).trim();
    let [, sign, whole, fraction = ""] = parts;
    if (short) {
        const by = short[2].toLowerCase() === "k" ? 3 : 6;
        fraction = fraction.padEnd(by, "0");
        whole += fraction.slice(0, by);
        fraction = fraction.slice(by);
    }
    whole = whole.replace(/^0+(?=\d)/, "") || "0";
    fraction = fraction.replace(/0+$/, "");
    return new Digits(`${sign === "-" ? "-" : ""}${whole}${fraction ? `.${fraction}` : ""}`);
}

function grouped(typed, unit) {
    const found = digits(typed);
    if (!(found instanceof Digits) || unit === "year") return found instanceof Digits ? found.text : typed;
    const [whole, fraction] = found.text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (fraction ? `.${fraction}` : "");
}

export function dump(value) {
    if (value instanceof Digits) return value.text;
    if (Array.isArray(value)) return `[${value.map(dump).join(", ")}]`;
    if (value && typeof value === "object") {
        return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${dump(each)}`).join(", ")}}`;
    }
    return JSON.stringify(value ?? null);
}

/* Asking the server */

async function post(address, body, type = "application/json") {
    const answer = await fetch(address, {
        method: "POST", body, credentials: "same-origin",
        headers: { "Content-Type": type, "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value },
    });
    if (!(answer.headers.get("Content-Type") || "").includes("json")) throw new Error("no answer");
    return answer.json();
}

/* How many accounts hold, fail and are open: a bar in three parts, with the numbers in words */

const ANSWERS = [["hold", "yes"], ["fail", "no"], ["open", "open"]];

function share(count, of) {
    const percent = (100 * count) / Math.max(1, of);
    if (count && percent < 0.5) return "under 1 %";
    return `${percent > 99 && count < of ? "over 99" : Math.round(percent)} %`;
}

function countsOf(counts, lead, sampled) {
    const of = counts.hold + counts.fail + counts.open;
    const bar = element("span", { class: "icp-share", "aria-hidden": "true" }, ...ANSWERS.filter(([word]) => counts[word]).map(([word, kind]) => {
        const part = element("span", { class: `icp-share__${kind}` });
        part.style.flexGrow = counts[word];
        return part;
    }));
    const words = ANSWERS.map(([word]) => `${counts[word].toLocaleString("en")} ${word}${sampled ? ` (${share(counts[word], of)})` : ""}`).join(" · ");
    return [bar, element("span", {}, lead ? `${lead}: ${words}` : words)];
}

function accounts(count) {
    return `${count.toLocaleString("en")} account${count === 1 ? "" : "s"}`;
}

/* The counts of one condition while it is typed; all accounts are counted when somebody presses the button. */
class Counts {
    constructor(root, address, missing) {
        Object.assign(this, { address, missing });
        this.box = element("div", { class: "icp-counts", hidden: true });
        this.spoken = element("p", { class: "icp-counts__line", role: "status" });
        this.all = element("p", { class: "icp-counts__line" });
        this.box.append(this.spoken, this.all);
        root.append(this.box);
    }

    forget() {
        clearTimeout(this.timer);
        this.raw = null;
        this.box.hidden = true;
    }

    ask(raw) {
        const asked = dump(raw);
        if (this.raw === asked) return;
        clearTimeout(this.timer);
        this.raw = asked;
        this.box.classList.add("icp-counts--old");
        this.timer = setTimeout(() => this.fetch(""), 150);
    }

    async fetch(whole) {
        const asked = this.raw;
        let said;
        try {
            said = await post(this.address, `{"condition": ${asked}, "missing": ${JSON.stringify(this.missing)}, "whole": ${JSON.stringify(whole)}, "subject": ${JSON.stringify(words.subject)}}`);
        } catch {
            return;
        }
        if (this.raw !== asked) return;
        this.box.hidden = !said.may || !(said.sample || said.whole || this.sample);
        this.box.classList.remove("icp-counts--old");
        if (said.sample) this.show(said.sample);
        if (this.sample) this.tell(said.whole);
    }

    show(sample) {
        this.sample = sample;
        this.spoken.replaceChildren(...countsOf(sample.counts[0], sample.every ? `Of all ${accounts(sample.of)}` : `In a sample of ${accounts(sample.of)}`, true));
    }

    tell(whole) {
        const running = whole && (whole.state === "waiting" || whole.state === "running");
        if (this.sample.every) this.all.replaceChildren();
        else if (running) this.all.replaceChildren(progressOf(whole));
        else {
            const done = whole && whole.state === "done";
            const parts = done ? countsOf(whole.counts[0], `Of all ${accounts(whole.looked)}, as of ${whole.as_of}`, true) : [];
            if (whole && whole.state === "failed") parts.push("All accounts could not be counted. ");
            this.all.replaceChildren(...parts, button("calculate", done ? "Count again" : "Count all accounts", () => { this.all.replaceChildren("Waiting for a worker…"); this.fetch("start"); }));
        }
        if (running) this.timer = setTimeout(() => this.fetch("look"), 1000);
    }
}

function progressOf(whole) {
    return whole.state === "waiting" ? "Waiting for a worker to count all accounts…" : `Counting all accounts: ${whole.looked.toLocaleString("en")} of about ${whole.total.toLocaleString("en")} (${whole.percent} %)…`;
}

/* The counts of every criterion of a profile */
class Lines {
    constructor(root) {
        this.root = root;
        this.address = root.dataset.counts;
        this.said = element("p", { class: "icp-counts__line" }, "Counting in a sample of accounts…");
        this.button = button("calculate", "Count all accounts", () => this.fetch("start"));
        this.button.hidden = true;
        root.append(this.said, this.button);
        this.fetch("");
    }

    async fetch(whole) {
        let said;
        try {
            said = await post(this.address, new URLSearchParams({ whole }).toString(), "application/x-www-form-urlencoded");
        } catch {
            this.said.textContent = "The accounts could not be counted. Reload the page to try again.";
            return;
        }
        const found = said.whole;
        if (said.sample) this.sample = said.sample;
        const running = found && (found.state === "waiting" || found.state === "running");
        const done = found && found.state === "done";
        if (!said.rows?.length || !(this.sample || done)) {
            this.root.hidden = !said.rows?.length;
        }
        const of = done ? found : this.sample;
        said.rows?.forEach((row, at) => {
            const box = document.querySelector(`[data-counted="${row}"]`);
            if (box && of?.counts[at]) box.replaceChildren(...countsOf(of.counts[at], "", true));
        });
        if (running) this.said.textContent = progressOf(found);
        else if (done) this.said.textContent = `Below each criterion: of all ${accounts(found.looked)}, as of ${found.as_of}.`;
        else if (this.sample?.every) this.said.textContent = `Below each criterion: of all ${accounts(this.sample.of)}, now.`;
        else if (this.sample) this.said.textContent = `Below each criterion: in a sample of ${accounts(this.sample.of)}, now.${found ? " All accounts could not be counted." : ""}`;
        this.button.hidden = Boolean(running || this.sample?.every);
        this.button.lastChild.textContent = done ? "Count again" : "Count all accounts";
        if (running) setTimeout(() => this.fetch("look"), 1000);
    }
}

/* Conditions: what the server reads, as nodes that can be half done */

function compare(fact = "", op = "", value = null, missing = "") {
    return { id: ++serial, fact, op, value, missing };
}

function group(how, parts, count = "1") {
    return { id: ++serial, how, count, parts };
}

export function nodeOf(raw) {
    if (!raw || typeof raw !== "object" || Array.isArray(raw)) return compare();
    for (const word of ["known", "unknown"]) if (word in raw) return compare(raw[word], word, null);
    for (const how of ["all", "any"]) if (how in raw) return group(how, [raw[how]].flat().map(nodeOf));
    if ("not" in raw) return group("not", [nodeOf(raw.not)]);
    if ("of" in raw) return group("at_least", [raw.of].flat().map(nodeOf), String(raw.at_least ?? ""));
    const op = Object.keys(raw).find((key) => key !== "fact" && key !== "missing") || "";
    return compare(raw.fact || "", op, raw[op], raw.missing || "");
}

export function rawOf(node) {
    if (node.parts) {
        const parts = node.parts.map(rawOf);
        if (node.how === "not") return { not: parts[0] ?? {} };
        if (node.how === "at_least") return { at_least: digits(node.count), of: parts };
        return { [node.how]: parts };
    }
    if (node.op === "known" || node.op === "unknown") return { [node.op]: node.fact };
    const out = { fact: node.fact };
    if (node.op) out[node.op] = valueOf(node);
    if (node.missing) out.missing = node.missing;
    return out;
}

function operatorOf(node) {
    return FACTS.get(node.fact)?.operators.find((each) => each.key === node.op);
}

function valueOf(node) {
    const takes = operatorOf(node)?.takes;
    const numbers = FACTS.get(node.fact)?.number || takes === "days";
    const one = (each) => (numbers && typeof each === "string" ? digits(each) : each);
    if (takes === "pair") return [0, 1].map((at) => one([node.value].flat()[at] ?? ""));
    if (takes === "one" || takes === "days") return one(node.value ?? "");
    return node.value;
}

function started(takes, fact) {
    if (takes === "pair") return ["", ""];
    if (takes === "many" || takes === "phrases") return [];
    if (takes === "flag") return true;
    if (takes === "nothing") return null;
    if (takes === "list") return words.lists.length === 1 ? words.lists[0].key : "";
    return fact.kind === "boolean" ? true : "";
}

function turned(value, from, to, fact) {
    if (from === to && value !== null && value !== undefined) return value;
    const several = to === "many" || to === "phrases";
    if (from === "one" && to === "pair") return [value, ""];
    if (from === "pair" && to === "one") return [value].flat()[0] ?? "";
    if (from === "one" && several) return value === "" || typeof value !== "string" ? [] : [value];
    if ((from === "many" || from === "phrases") && several) return value;
    if ((from === "many" || from === "phrases") && to === "one" && value[0] !== undefined) return value[0];
    return started(to, fact);
}

function unfinished(node) {
    if (node.parts) return node.parts.length ? "" : "Add a condition here, or remove the group.";
    if (!node.fact) return "Choose a fact.";
    if (!node.op) return "Choose what is asked of it.";
    const takes = operatorOf(node)?.takes;
    if (takes === "one" || takes === "days") return node.value === "" || node.value === null ? `${FACTS.get(node.fact)?.choices.length ? "Choose" : "Type"} a value.` : "";
    if (takes === "pair") return [node.value].flat().some((each) => each === "") ? "Type both ends." : "";
    if (takes === "many" || takes === "phrases") return [node.value].flat().length ? "" : "Name at least one, then press Enter.";
    return takes === "list" && !node.value ? "Choose a list." : "";
}

function depthOf(node) {
    return node.parts ? 1 + Math.max(0, ...node.parts.map(depthOf)) : 1;
}

function fresh(node) {
    const copy = { ...node, id: ++serial };
    if (copy.parts) copy.parts = copy.parts.map(fresh);
    else if (Array.isArray(copy.value)) copy.value = [...copy.value];
    return copy;
}

/* The builder */

export class Builder {
    constructor(root, { path, raw, bonus = false, optional = false, counts = "", missing = "open", address, changed = () => {}, compact = false }) {
        Object.assign(this, { root, path, bonus, optional, address, changed, compact });
        this.root.classList.add("icp-builder");
        if (compact) this.root.classList.add("icp-builder--compact");
        this.node = raw ? nodeOf(raw) : optional ? null : compare();
        this.faults = [];
        this.asked = false;
        this.past = [];
        this.sentence = element("p", { class: "icp-sentence", role: "status" });
        this.tree = element("div", { class: "icp-builder__tree" });
        this.root.append(this.tree, this.sentence);
        if (counts) this.counts = new Counts(this.root, counts, missing);
        this.render();
        this.check(0);
    }

    raw() {
        return this.node ? rawOf(this.node) : null;
    }

    /* Changes of the shape are kept, so that they can be taken back. */
    reshape(act, focus) {
        this.past.push(structuredClone(this.node));
        if (this.past.length > 50) this.past.shift();
        act();
        this.render(focus);
        this.edited();
    }

    takeBack() {
        if (!this.past.length) return;
        this.node = this.past.pop();
        this.render("undo");
        this.edited();
    }

    edited() {
        this.faults = [];
        this.mark();
        this.changed();
        this.check(250);
    }

    render(focus) {
        this.slots = [];
        const children = [];
        if (this.node) children.push(this.part(this.node, this.path, null, 1));
        const foot = element("div", { class: "icp-builder__foot" });
        if (!this.node) foot.append(button("add", "Add a condition", () => this.reshape(() => (this.node = compare()), "first"), { "data-focus": "add" }));
        else if (!this.node.parts && !this.compact) {
            foot.append(
                button("add", "And another condition", () => this.reshape(() => this.widen("all"), "last"), { "data-focus": "and" }),
                button("alt_route", "Or another condition", () => this.reshape(() => this.widen("any"), "last"), { "data-focus": "or" }),
            );
        }
        if (this.node && this.optional) foot.append(button("close", "No condition", () => this.reshape(() => (this.node = null), "add")));
        if (this.past.length) foot.append(button("undo", "Undo", () => this.takeBack(), { "data-focus": "undo" }));
        if (foot.childNodes.length) children.push(foot);
        this.tree.replaceChildren(...children);
        this.mark();
        if (focus) this.focus(focus);
    }

    focus(where) {
        let found = null;
        if (where === "first") found = this.tree.querySelector("input, select");
        else if (where === "last") found = [...this.tree.querySelectorAll("[data-fact]")].pop();
        else found = this.tree.querySelector(`[data-focus="${where}"]`);
        (found || this.tree.querySelector("input, select, button"))?.focus();
    }

    widen(how) {
        this.node = group(how, [this.node, compare()]);
    }

    /* One node. `within` is the group that holds it, or null at the top. */
    part(node, path, within, depth) {
        const slot = { node, path, fields: [], said: element("div", { class: "icp-part__said", id: `said-${node.id}` }) };
        this.slots.push(slot);
        const box = node.parts ? this.group(node, path, within, depth, slot) : this.comparison(node, path, within, depth, slot);
        box.addEventListener("keydown", (event) => {
            if (!event.altKey || !within || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
            event.preventDefault();
            event.stopPropagation();
            this.shift(node, within, event.key === "ArrowUp" ? -1 : 1);
        });
        return box;
    }

    tools(node, within, depth) {
        const at = within ? within.parts.indexOf(node) : 0;
        const named = node.parts ? "group" : FACTS.get(node.fact)?.label || "condition";
        const out = element("div", { class: "icp-part__tools" });
        if (within && within.how !== "not") {
            out.append(
                tool("arrow_upward", `Move up: ${named}`, () => this.shift(node, within, -1), { disabled: at === 0, "data-focus": `up-${node.id}` }),
                tool("arrow_downward", `Move down: ${named}`, () => this.shift(node, within, 1), { disabled: at === within.parts.length - 1, "data-focus": `down-${node.id}` }),
                tool("content_copy", `Duplicate: ${named}`, () => this.reshape(() => within.parts.splice(at + 1, 0, fresh(node)), `copy-${node.id}`), { "data-focus": `copy-${node.id}` }),
            );
        }
        if (!within && this.compact && !node.parts) {
            out.append(
                tool("add", `And another condition: ${named}`, () => this.reshape(() => this.widen("all"), "last")),
                tool("alt_route", `Or another condition: ${named}`, () => this.reshape(() => this.widen("any"), "last")),
            );
        } else if (depth + depthOf(node) <= DEEPEST) {
            out.append(tool("data_object", `Put into a group: ${named}`, () => this.reshape(() => this.replace(node, within, group("any", [node])), `how-${serial}`)));
        }
        if (node.parts && node.parts.length === 1) {
            out.append(tool("unfold_less", "Take out of the group", () => this.reshape(() => this.replace(node, within, node.parts[0]), "first")));
        }
        if (within) {
            out.append(tool("delete", `Remove: ${named}`, () => this.reshape(() => this.remove(node, within), at > 0 ? `fact-${within.parts[at - 1].id}` : `how-${within.id}`)));
        }
        return out;
    }

    shift(node, within, by) {
        const at = within.parts.indexOf(node);
        const to = at + by;
        if (to < 0 || to >= within.parts.length) return;
        this.reshape(() => within.parts.splice(to, 0, within.parts.splice(at, 1)[0]), `${by < 0 ? "up" : "down"}-${node.id}`);
        const still = this.tree.querySelector(`[data-focus="${by < 0 ? "up" : "down"}-${node.id}"]`);
        if (still?.disabled) this.tree.querySelector(`[data-focus="${by < 0 ? "down" : "up"}-${node.id}"]`)?.focus();
    }

    replace(node, within, by) {
        if (!within) this.node = by;
        else within.parts[within.parts.indexOf(node)] = by;
    }

    remove(node, within) {
        within.parts = within.parts.filter((each) => each !== node);
    }

    group(node, path, within, depth, slot) {
        const how = choice(HOWS, node.how, (value) => this.reshape(() => this.rejoin(node, value), `how-${node.id}`), {
            "data-focus": `how-${node.id}`, "aria-label": "How these conditions join", "aria-describedby": slot.said.id,
        });
        slot.fields.push(how);
        const head = element("div", { class: "icp-part__row" }, how);
        if (node.how === "at_least") {
            const count = element("input", {
                type: "text", inputmode: "numeric", value: node.count, class: "icp-part__count", "aria-label": "How many must hold", "aria-describedby": slot.said.id,
                oninput: (event) => { node.count = event.target.value; this.edited(); },
            });
            slot.fields.push(count);
            head.append(count, element("span", { class: "icp-muted" }, `of ${node.parts.length}`));
        }
        head.append(this.tools(node, within, depth));
        const inside = node.how === "at_least" ? "of" : node.how;
        const parts = node.parts.map((each, at) => {
            const place = node.how === "not" ? `${path}.not` : `${path}.${inside}[${at}]`;
            return element("li", {}, this.part(each, place, node, depth + 1));
        });
        const foot = element("div", { class: "icp-builder__foot" });
        if (node.how !== "not" || !node.parts.length) {
            foot.append(button("add", "Condition", () => this.reshape(() => node.parts.push(compare()), `fact-${serial + 1}`), { "aria-label": "Add a condition to this group" }));
            if (depth + 2 <= DEEPEST) foot.append(button("data_object", "Group", () => this.reshape(() => node.parts.push(group("any", [compare()])), `fact-${serial + 1}`), { "aria-label": "Add a group to this group" }));
        }
        return element("div", { class: "icp-part icp-part--group", role: "group", "aria-label": HOWS.find((each) => each[0] === node.how)[1] }, head, slot.said, element("ul", {}, ...parts), foot);
    }

    rejoin(node, how) {
        if (how === "not" && node.parts.length > 1) {
            node.parts = [group(node.how === "not" ? "all" : node.how, node.parts, node.count)];
        }
        node.how = how;
        if (how === "at_least" && !(Number(node.count) >= 1)) node.count = "1";
    }

    comparison(node, path, within, depth, slot) {
        const fact = FACTS.get(node.fact);
        const row = element("div", { class: "icp-part__row" }, this.picker(node, slot));
        if (fact) {
            const known = fact.operators.some((each) => each.key === node.op);
            const operators = fact.operators.map((each) => [each.key, each.says]);
            if (!known) operators.unshift([node.op, node.op ? `${node.op} (not for this fact)` : "choose…"]);
            const box = choice(operators, node.op, (value) => this.ask(node, value), {
                "data-focus": `op-${node.id}`, "aria-label": `What is asked of ${fact.label}`, "aria-describedby": slot.said.id, class: "icp-part__op",
            });
            slot.fields.push(box);
            row.append(box, ...this.values(node, fact, slot).filter(Boolean));
            if (operatorOf(node) && operatorOf(node).takes !== "nothing") row.append(this.policy(node, fact));
        }
        row.append(this.tools(node, within, depth));
        const told = fact ? [fact.explanation, fact.unit && !fact.number ? `In ${fact.unit}.` : ""].filter(Boolean).join(" ") : "";
        return element("div", { class: "icp-part" }, row, told ? element("p", { class: "icp-muted icp-part__told" }, told) : null, slot.said);
    }

    ask(node, op) {
        const fact = FACTS.get(node.fact);
        const from = operatorOf(node)?.takes;
        this.reshape(() => {
            node.op = op;
            node.value = turned(node.value, from, operatorOf(node).takes, fact);
        }, `op-${node.id}`);
    }

    choose(node, key) {
        const fact = FACTS.get(key);
        const was = FACTS.get(node.fact);
        const from = operatorOf(node)?.takes;
        this.reshape(() => {
            node.fact = key;
            if (!fact.operators.some((each) => each.key === node.op)) node.op = fact.operators[0].key;
            const to = operatorOf(node).takes;
            node.value = was && was.kind === fact.kind && !fact.choices.length ? turned(node.value, from, to, fact) : started(to, fact);
        }, `op-${node.id}`);
    }

    policy(node, fact) {
        const pairs = [["", "If unknown: as the profile"], ["open", "If unknown: open"], ["yes", "If unknown: yes"], ["no", "If unknown: no"]];
        return choice(pairs, node.missing, (value) => { node.missing = value; this.edited(); }, {
            class: "icp-part__policy", "aria-label": `If ${fact.label} is unknown`, title: UNSAID,
        });
    }

    /* The fact, found by typing */
    picker(node, slot) {
        const fact = FACTS.get(node.fact);
        const list = element("ul", { class: "icp-pick__list", role: "listbox", id: `facts-${node.id}`, "aria-label": "Facts", hidden: true });
        const box = element("input", {
            type: "text", role: "combobox", "aria-expanded": "false", "aria-controls": list.id, "aria-autocomplete": "list", "aria-label": "Fact",
            "aria-describedby": slot.said.id, autocomplete: "off", placeholder: "Search a fact…", value: fact ? fact.label : node.fact,
            "data-fact": true, "data-focus": `fact-${node.id}`,
        });
        slot.fields.push(box);
        let shown = [];
        let at = -1;
        const close = () => {
            list.hidden = true;
            box.setAttribute("aria-expanded", "false");
            box.removeAttribute("aria-activedescendant");
        };
        const options = () => [...list.querySelectorAll("[role=option]")];
        const mark = () => {
            options().forEach((each, place) => each.setAttribute("aria-selected", String(place === at)));
            const here = options()[at];
            if (here && shown[at]) {
                box.setAttribute("aria-activedescendant", here.id);
                here.scrollIntoView({ block: "nearest" });
            }
        };
        const open = (typed) => {
            const found = typed.trim().toLowerCase();
            const groups = [...new Set(words.facts.map((each) => each.group))];
            const hit = (each) => [each.label, each.key, each.explanation, each.says].findIndex((text) => text.toLowerCase().includes(found));
            shown = words.facts
                .filter((each) => (this.bonus || !each.bonus_only) && hit(each) >= 0)
                .sort((one, other) => groups.indexOf(one.group) - groups.indexOf(other.group) || (found ? hit(one) - hit(other) || one.label.toLowerCase().indexOf(found) - other.label.toLowerCase().indexOf(found) : 0));
            at = shown.length ? Math.max(0, shown.findIndex((each) => each.key === node.fact)) : -1;
            if (found) at = shown.length ? 0 : -1;
            list.replaceChildren(...shown.flatMap((each, place) => [
                each.group && each.group !== shown[place - 1]?.group ? element("li", { role: "presentation", class: "icp-pick__group", "aria-hidden": "true", onmousedown: (event) => event.preventDefault() }, each.group) : "",
                element("li", { role: "option", id: `fact-${node.id}-${each.key}`, onmousedown: (event) => { event.preventDefault(); take(each); } },
                    element("b", {}, each.label),
                    element("span", { class: "icp-muted" }, `${each.says}${each.unit ? `, ${each.unit}` : ""}${each.bonus_only ? "; in a bonus only" : ""} · ${each.key}`),
                    each.group ? element("span", { class: "icp-spoken" }, `, ${each.group.toLowerCase()}`) : null,
                    each.explanation ? element("span", { class: "icp-muted" }, each.explanation) : null),
            ].filter(Boolean)));
            if (!shown.length) list.append(element("li", { class: "icp-muted", role: "option", "aria-disabled": "true" }, "No fact by that name. New facts are added on the page Facts."));
            list.hidden = false;
            box.setAttribute("aria-expanded", "true");
            mark();
        };
        const take = (each) => {
            close();
            if (each.key === node.fact) box.value = each.label;
            else this.choose(node, each.key);
        };
        box.addEventListener("focus", () => box.select());
        box.addEventListener("click", () => list.hidden && open(""));
        box.addEventListener("input", () => open(box.value));
        box.addEventListener("blur", () => {
            close();
            box.value = FACTS.get(node.fact)?.label ?? node.fact;
        });
        box.addEventListener("keydown", (event) => {
            if (event.altKey && !list.hidden === false && event.key !== "ArrowDown") return;
            if (event.key === "ArrowDown" || event.key === "ArrowUp") {
                if (event.altKey) return;
                event.preventDefault();
                if (list.hidden) return open("");
                at = (at + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % Math.max(1, shown.length);
                mark();
            } else if (event.key === "Enter") {
                event.preventDefault();
                if (!list.hidden && shown[at]) take(shown[at]);
            } else if (event.key === "Escape" && !list.hidden) {
                event.preventDefault();
                close();
                box.value = FACTS.get(node.fact)?.label ?? node.fact;
            }
        });
        return element("div", { class: "icp-pick" }, box, list);
    }

    /* What stands behind the operator */
    values(node, fact, slot) {
        const takes = operatorOf(node)?.takes;
        const typed = (value, set, says, days) => {
            const number = fact.number || days;
            const box = element("input", {
                type: fact.kind === "date" && !days ? "date" : "text", inputmode: number ? "decimal" : null,
                value: number ? grouped(value ?? "", days ? "year" : fact.unit) : value ?? "", autocomplete: "off", "aria-label": says, "aria-describedby": slot.said.id,
                class: number ? "icp-part__number" : "icp-part__text", list: !number && fact.suggestions.length ? this.suggest(fact) : null,
                oninput: (event) => { set(event.target.value); this.edited(); },
                onblur: (event) => { if (number) event.target.value = grouped(event.target.value, days ? "year" : fact.unit); },
            });
            slot.fields.push(box);
            return box;
        };
        const unit = (text) => (text ? element("span", { class: "icp-part__unit" }, text) : null);
        const pick = (pairs, value, says, set) => {
            const box = choice(pairs, value, (found) => { set(found); this.edited(); }, { "aria-label": says, "aria-describedby": slot.said.id });
            slot.fields.push(box);
            return box;
        };
        const label = fact.label;
        switch (takes) {
            case "pair": {
                const ends = [node.value].flat();
                node.value = [ends[0] ?? "", ends[1] ?? ""];
                return [
                    typed(node.value[0], (value) => (node.value[0] = value), `${label}: lower end`),
                    element("span", { class: "icp-muted" }, "to"),
                    typed(node.value[1], (value) => (node.value[1] = value), `${label}: upper end`),
                    unit(fact.unit),
                ];
            }
            case "days":
                return [typed(node.value, (value) => (node.value = value), `${label}: days`, true), unit("days")];
            case "list": {
                const pairs = words.lists.map((each) => [each.key, `${each.title} (${each.size} name${each.size === 1 ? "" : "s"})`]);
                if (!words.lists.some((each) => each.key === node.value)) pairs.unshift([node.value ?? "", node.value ? `${node.value} (no such list)` : "choose a list…"]);
                const link = element("a", { target: "_blank", rel: "noopener", class: "icp-part__link" }, icon("open_in_new"), "Open the list");
                const aim = () => {
                    const found = words.lists.find((each) => each.key === node.value);
                    link.hidden = !found;
                    if (found) link.href = found.link;
                };
                aim();
                return [pick(pairs, node.value, `${label}: list`, (value) => { node.value = value; aim(); }), link];
            }
            case "flag":
                return [pick([["yes", "no entry at all"], ["no", "at least one entry"]], node.value === false ? "no" : "yes", `${label}: entries`, (value) => (node.value = value === "yes"))];
            case "many":
            case "phrases":
                if (!Array.isArray(node.value)) node.value = node.value === "" || node.value === null || node.value === undefined ? [] : [node.value];
                return [fact.choices.length ? this.checks(node, fact) : this.chips(node, fact, slot, takes)];
            case "one":
                if (fact.kind === "boolean") {
                    return [pick([["yes", "yes"], ["no", "no"]], node.value === false ? "no" : "yes", `${label}: answer`, (value) => (node.value = value === "yes"))];
                }
                if (fact.choices.length) {
                    const pairs = fact.choices.map((each) => [each.key, each.label]);
                    if (!fact.choices.some((each) => each.key === node.value)) pairs.unshift([node.value ?? "", node.value || "choose…"]);
                    return [pick(pairs, node.value, `${label}: value`, (value) => (node.value = value))];
                }
                return [typed(node.value, (value) => (node.value = value), `${label}: value`), unit(fact.number ? fact.unit : "")];
            default:
                return [];
        }
    }

    suggest(fact) {
        const id = `suggest-${fact.key}`;
        if (!document.getElementById(id)) {
            document.body.append(element("datalist", { id }, ...fact.suggestions.map((each) => element("option", { value: each }))));
        }
        return id;
    }

    checks(node, fact) {
        const boxes = fact.choices.map((each) => {
            const box = element("input", {
                type: "checkbox", checked: node.value.includes(each.key),
                onchange: (event) => {
                    node.value = fact.choices.map((one) => one.key).filter((key) => (key === each.key ? event.target.checked : node.value.includes(key)));
                    this.edited();
                },
            });
            return element("label", { class: "icp-tick" }, box, each.label);
        });
        return element("div", { class: "icp-checks", role: "group", "aria-label": `${fact.label}: values` }, ...boxes);
    }

    chips(node, fact, slot, takes) {
        const box = element("div", { class: "icp-chipbox" });
        const input = element("input", {
            type: "text", autocomplete: "off", "aria-label": `${fact.label}: add ${takes === "phrases" ? "a word" : "a name"}`, "aria-describedby": slot.said.id,
            list: fact.suggestions.length ? this.suggest(fact) : null, placeholder: "type, then Enter",
        });
        slot.fields.push(input);
        const draw = () => {
            const made = node.value.map((each, at) =>
                element("span", { class: "icp-chip" }, String(each), element("button", { type: "button", "aria-label": `Remove ${each}`, onclick: () => { node.value.splice(at, 1); draw(); input.focus(); this.edited(); } }, icon("close"))));
            box.replaceChildren(...made, input);
        };
        const add = () => {
            const found = input.value.split(/[,\n]/).map((each) => each.trim()).filter((each) => each && !node.value.includes(each));
            const typed = input.value;
            input.value = "";
            if (!found.length) return Boolean(typed);
            node.value.push(...found);
            draw();
            this.edited();
            return true;
        };
        input.addEventListener("keydown", (event) => {
            if (event.key === "Enter" || event.key === ",") {
                event.preventDefault();
                add();
                input.focus();
            } else if (event.key === "Backspace" && !input.value && node.value.length) {
                node.value.pop();
                draw();
                input.focus();
                this.edited();
            }
        });
        input.addEventListener("paste", (event) => {
            const text = event.clipboardData?.getData("text") ?? "";
            if (!/[,\n]/.test(text)) return;
            event.preventDefault();
            input.value += text;
            add();
            input.focus();
        });
        input.addEventListener("blur", () => setTimeout(() => box.isConnected && !box.contains(document.activeElement) && add(), 0));
        draw();
        return box;
    }

    /* What the server says of it: in plain words, or wrong and where */
    check(wait) {
        clearTimeout(this.timer);
        if (!this.node) {
            this.say("", "");
            this.counts?.forget();
            return;
        }
        const open = this.slots.map((slot) => unfinished(slot.node)).find(Boolean);
        if (open) this.say("Not finished yet. ", open, true);
        this.timer = setTimeout(() => this.fetch(open), wait);
    }

    async fetch(open) {
        const asked = dump({ condition: this.raw(), path: this.path, bonus: this.bonus, subject: words.subject });
        this.last = asked;
        let said;
        try {
            said = await post(this.address, asked);
        } catch {
            if (this.last === asked) this.say("", "The server cannot be reached; the sentence is not up to date. You can go on typing.", true);
            return;
        }
        if (this.last !== asked) return;
        this.faults = said.faults;
        this.mark();
        if (said.sentence) {
            this.say("In plain words: ", said.sentence);
            this.counts?.ask(this.raw());
        } else {
            if (!open) this.say("", "Something is not right yet; it is marked above.", true);
            this.counts?.forget();
        }
    }

    say(lead, text, calm = false) {
        const whole = lead + text;
        if (this.sentence.dataset.said === whole) return;
        this.sentence.dataset.said = whole;
        this.sentence.classList.toggle("icp-sentence--calm", calm);
        this.sentence.hidden = !text;
        this.sentence.replaceChildren(lead ? element("span", { class: "icp-muted" }, lead) : "", text);
    }

    /* Each fault at the innermost part whose place it names */
    mark() {
        const said = new Map();
        for (const fault of this.faults) {
            const inside = this.slots.filter((slot) => fault.path === slot.path || fault.path.startsWith(`${slot.path}.`) || fault.path.startsWith(`${slot.path}[`));
            const slot = inside.sort((one, other) => other.path.length - one.path.length)[0] ?? this.slots[0];
            if (slot) said.set(slot, [...(said.get(slot) || []), fault]);
        }
        for (const slot of this.slots) {
            const waiting = unfinished(slot.node);
            const faults = said.get(slot) || [];
            const wrong = faults.length > 0 && (!waiting || this.asked);
            slot.said.replaceChildren();
            if (wrong) for (const text of waiting ? [waiting] : faults.map((each) => each.message)) slot.said.append(element("p", { class: "icp-fault" }, icon("error"), text));
            else if (waiting && faults.length) slot.said.append(element("p", { class: "icp-muted" }, waiting));
            const meant = wrong ? this.meant(slot, faults) : [];
            for (const field of slot.fields) {
                if (meant.includes(field)) field.setAttribute("aria-invalid", "true");
                else field.removeAttribute("aria-invalid");
            }
        }
    }

    /* The fields that faults of one part speak of: the fact, or what it is compared with. */
    meant(slot, faults) {
        const fact = slot.fields.filter((field) => "fact" in field.dataset);
        const others = slot.fields.filter((field) => !fact.includes(field) && field.tagName !== "SELECT");
        return faults.flatMap((fault) => {
            const rest = fault.path.slice(slot.path.length);
            if (/^\.(fact|known|unknown)$/.test(rest)) return fact;
            return rest && others.length ? others : slot.fields.filter((field) => !fact.includes(field) || slot.fields.length === 1);
        });
    }

    refused(faults) {
        this.asked = true;
        this.faults = faults;
        this.mark();
        clearTimeout(this.timer);
        this.check(0);
    }
}

/* The rows of a component */

class Table {
    constructor(root, rows, address, faults, changed) {
        Object.assign(this, { root, address, changed });
        this.rows = rows.map((row) => ({ ...row, id: ++serial }));
        if (!this.rows.length) this.rows.push({ id: ++serial, label: "", points: "", when: null });
        this.list = element("div", { class: "icp-rows" });
        const foot = element("div", { class: "icp-builder__foot" }, button("add", "Add a row", () => this.add()));
        root.append(this.list, foot);
        this.render();
        this.refused(faults);
    }

    raw() {
        return this.rows.map(({ pk, key, label, points, rationale, off, builder }) => ({ ...(pk ? { pk: digits(String(pk)) } : {}), key: key || "", label, points, rationale: rationale || "", off: Boolean(off), when: builder.raw() }));
    }

    keep() {
        for (const row of this.rows) if (row.builder) row.node = row.builder.node;
    }

    /* A new row asks the same question as the last one, so that tiers are quick to type. */
    add() {
        const last = this.rows[this.rows.length - 1]?.builder?.node;
        const alike = last && !last.parts && last.fact ? { ...compare(last.fact, last.op, null, last.missing) } : null;
        if (alike && operatorOf(alike)) alike.value = started(operatorOf(alike).takes, FACTS.get(alike.fact));
        this.keep();
        const row = { id: ++serial, label: "", points: "", when: null, node: alike };
        this.rows.push(row);
        this.render();
        row.box.querySelector("input").focus();
        this.changed();
    }

    shift(row, by) {
        const at = this.rows.indexOf(row);
        if (at + by < 0 || at + by >= this.rows.length) return;
        this.keep();
        this.rows.splice(at + by, 0, this.rows.splice(at, 1)[0]);
        this.render();
        const aim = (word) => row.box.querySelector(`[data-focus="row-${word}"]`);
        const to = aim(by < 0 ? "up" : "down");
        (to.disabled ? aim(by < 0 ? "down" : "up") : to).focus();
        this.changed();
    }

    render() {
        this.list.replaceChildren(...this.rows.map((row, at) => this.row(row, at)));
    }

    row(row, at) {
        const field = (name, says, extra = {}) => {
            const said = element("div", { id: `row-${row.id}-${name}` });
            const box = element("input", { type: "text", value: row[name] ?? "", autocomplete: "off", "aria-describedby": said.id, "data-row": name, oninput: (event) => { row[name] = event.target.value; said.replaceChildren(); box.removeAttribute("aria-invalid"); this.changed(); }, ...extra });
            return element("label", { class: `icp-rows__${name}` }, element("span", {}, says), box, said);
        };
        const when = element("div", { class: "icp-rows__when" });
        const tools = element("div", { class: "icp-tools" },
            tool("arrow_upward", `Move up: row ${at + 1}`, () => this.shift(row, -1), { disabled: at === 0, "data-focus": "row-up" }),
            tool("arrow_downward", `Move down: row ${at + 1}`, () => this.shift(row, 1), { disabled: at === this.rows.length - 1, "data-focus": "row-down" }),
            tool(row.off ? "visibility" : "visibility_off", `${row.off ? "Turn on" : "Turn off"}: row ${at + 1}`, () => { this.keep(); row.off = !row.off; this.render(); row.box.querySelector('[data-focus="row-off"]').focus(); this.changed(); }, { "data-focus": "row-off" }),
            tool("delete", `Remove: row ${at + 1}`, () => { this.keep(); this.rows = this.rows.filter((each) => each !== row); this.render(); this.root.querySelector("button, input")?.focus(); this.changed(); }));
        const head = element("div", { class: "icp-rows__head" }, element("span", { class: "icp-rows__place", "aria-hidden": "true" }, String(at + 1)), field("label", "Name"), field("points", "Points", { inputmode: "decimal" }), row.off ? element("span", { class: "icp-off" }, "Off") : null, tools);
        row.box = element("div", { class: `icp-rows__row${row.off ? " icp-criterion--off" : ""}`, role: "group", "aria-label": `Row ${at + 1}` }, head, when);
        row.builder = new Builder(when, { path: `rows[${at}].when`, raw: row.when, address: this.address, changed: this.changed, compact: true });
        if (row.node) {
            row.builder.node = row.node;
            row.builder.render();
            row.builder.check(0);
        }
        return row.box;
    }

    refused(faults) {
        this.rows.forEach((row, at) => {
            const mine = faults.filter((each) => each.path.startsWith(`rows[${at}].`));
            row.builder.refused(mine.filter((each) => each.path.startsWith(`rows[${at}].when`)));
            if (!mine.length) row.builder.asked = false;
            for (const fault of mine.filter((each) => !each.path.startsWith(`rows[${at}].when`))) {
                const name = fault.path.endsWith(".points") ? "points" : "label";
                const box = row.box.querySelector(`[data-row="${name}"]`);
                box.setAttribute("aria-invalid", "true");
                document.getElementById(`row-${row.id}-${name}`).append(element("p", { class: "icp-fault" }, icon("error"), fault.message));
            }
        });
        const whole = faults.filter((each) => each.path === "rows");
        if (whole.length) this.root.prepend(...whole.map((each) => element("p", { class: "icp-fault" }, icon("error"), each.message)));
    }
}

/* Bands */

class Bands {
    constructor(root, bands, faults, changed) {
        Object.assign(this, { root, bands, changed });
        this.list = element("ol", { class: "icp-bands" });
        root.append(this.list, element("div", { class: "icp-builder__foot" }, button("add", "Add a band", () => { this.bands.push({ key: "", from: "" }); this.render(); this.list.lastChild.querySelector("input").focus(); changed(); })));
        this.faults = faults;
        this.render();
    }

    raw() {
        return this.bands.map(({ key, from }) => ({ key, from }));
    }

    render() {
        this.list.replaceChildren(...this.bands.map((band, at) => {
            const wrong = this.faults.filter((each) => each.path.startsWith(`bands[${at}]`));
            const field = (name, says, extra) => element("label", {}, element("span", {}, says), element("input", {
                type: "text", value: band[name] ?? "", autocomplete: "off", "aria-invalid": wrong.some((each) => each.path.endsWith(name)) ? "true" : null,
                oninput: (event) => { band[name] = event.target.value; this.changed(); }, ...extra,
            }));
            return element("li", {}, field("key", "Band", {}), field("from", "From, points", { inputmode: "decimal" }),
                tool("delete", `Remove: band ${band.key || at + 1}`, () => { this.bands.splice(at, 1); this.faults = []; this.render(); this.root.querySelector("button, input")?.focus(); this.changed(); }),
                ...wrong.map((each) => element("p", { class: "icp-fault" }, icon("error"), each.message)));
        }));
    }
}

/* The facts of an example: each with a value of its kind, and what the draft gives them */

class Facts {
    constructor(root, facts, faults, form, changed) {
        Object.assign(this, { root, form, changed, bonus: true, address: root.dataset.address, faults, slots: [] });
        this.rows = Object.entries(facts).map(([key, value]) => this.rowOf(key, value));
        this.list = element("div", { class: "icp-example" });
        this.outcome = element("div", { class: "icp-sentence", role: "status" });
        root.append(this.list, element("div", { class: "icp-builder__foot" }, button("add", "Add a fact", () => this.add())), this.outcome);
        this.render();
        for (const name of ["segment", "at"]) form.elements[name]?.addEventListener("change", () => this.ask(0));
        this.ask(0);
    }

    /* A value as the widgets of a condition take it; what no widget takes stays as text. */
    rowOf(key, value) {
        const fact = FACTS.get(key);
        const row = { ...compare(key), open: false, raw: null };
        const wrapped = value && typeof value === "object" && !Array.isArray(value);
        const range = wrapped && fact?.number && Object.keys(value).every((each) => each === "low" || each === "high");
        const partial = wrapped && fact?.kind === "set" && Array.isArray(value.value) && Object.keys(value).every((each) => each === "value" || each === "complete");
        if (range) Object.assign(row, { op: "between", value: [value.low ?? "", value.high ?? ""] });
        else if (partial) Object.assign(row, { op: "any_of", value: value.value, open: value.complete === false });
        else if (!fact || wrapped) row.raw = JSON.stringify(value);
        else Object.assign(row, { op: this.opOf(fact), value });
        return row;
    }

    opOf(fact) {
        return fact.kind === "set" ? "any_of" : "is";
    }

    choose(row, key) {
        const fact = FACTS.get(key);
        Object.assign(row, { fact: key, op: this.opOf(fact), raw: null, open: false });
        row.value = started(operatorOf(row).takes, fact);
        this.render();
        row.box.querySelector(".icp-example__value input, .icp-example__value select")?.focus();
        this.edited();
    }

    add() {
        const row = { ...compare(), open: false, raw: null };
        this.rows.push(row);
        this.render();
        row.box.querySelector("input").focus();
    }

    edited() {
        this.faults = [];
        this.changed();
        this.ask(300);
    }

    render() {
        this.list.replaceChildren(...this.rows.map((row) => this.row(row)));
        if (!this.rows.length) this.list.append(element("p", { class: "icp-muted" }, "No fact yet: nothing is known of the example."));
    }

    row(row) {
        const fact = FACTS.get(row.fact);
        const slot = { node: row, fields: [], said: element("div", { id: `said-${row.id}` }) };
        const value = element("div", { class: "icp-example__value" });
        if (row.raw !== null) value.append(element("input", { type: "text", value: row.raw, "aria-label": `${row.fact}: value as JSON`, class: "icp-part__text", oninput: (event) => { row.raw = event.target.value; this.edited(); } }));
        else if (fact) {
            if (fact.number) {
                value.append(choice([["is", "is"], ["between", "is somewhere from"]], row.op, (op) => {
                    row.value = op === "between" ? [row.value ?? "", ""] : [row.value].flat()[0] ?? "";
                    row.op = op;
                    this.render();
                    this.edited();
                }, { "aria-label": `${fact.label}: how well it is known` }));
            }
            value.append(...this.values(row, fact, slot).filter(Boolean));
            if (fact.kind === "set") {
                value.append(element("label", { class: "icp-tick" }, element("input", { type: "checkbox", checked: !row.open, onchange: (event) => { row.open = !event.target.checked; this.edited(); } }), "and no others"));
            }
        }
        const wrong = this.faults.filter((each) => each.path === `facts.${row.fact}` || each.path.startsWith(`facts.${row.fact}.`));
        slot.said.append(...wrong.map((each) => element("p", { class: "icp-fault" }, icon("error"), each.message)));
        row.box = element("div", { class: "icp-part", role: "group", "aria-label": fact?.label || row.fact || "New fact" },
            element("div", { class: "icp-part__row" }, this.picker(row, slot), value,
                element("div", { class: "icp-part__tools" }, tool("delete", `Remove: ${fact?.label || row.fact || "fact"}`, () => { this.rows = this.rows.filter((each) => each !== row); this.render(); this.root.querySelector(".icp-builder__foot button").focus(); this.edited(); }))),
            slot.said);
        return row.box;
    }

    raw() {
        const out = {};
        for (const row of this.rows) {
            if (!row.fact) continue;
            if (row.raw !== null) {
                try {
                    out[row.fact] = JSON.parse(row.raw);
                } catch {
                    out[row.fact] = row.raw;
                }
                continue;
            }
            const value = valueOf(row);
            if (row.op === "between") {
                const ends = ["low", "high"].map((end, at) => [end, value[at]]).filter(([, each]) => each !== "");
                if (ends.length) out[row.fact] = Object.fromEntries(ends);
            } else if (FACTS.get(row.fact)?.kind === "set") out[row.fact] = row.open ? { value, complete: false } : value;
            else if (value !== "") out[row.fact] = value;
        }
        return out;
    }

    ask(wait) {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => this.fetch(), wait);
    }

    async fetch() {
        const facts = dump(this.raw());
        this.last = facts;
        let said;
        try {
            said = await post(this.address, new URLSearchParams({ facts, at: this.form.elements.at?.value ?? "" }).toString(), "application/x-www-form-urlencoded");
        } catch {
            return;
        }
        if (this.last !== facts) return;
        if (said.said || said.faults.length) {
            this.outcome.replaceChildren(said.said || said.faults.map((each) => each.message).join(" "));
            return;
        }
        const holds = said.found === this.form.elements.segment?.value;
        this.outcome.replaceChildren(
            element("p", {}, element("span", { class: `icp-answer icp-answer--${holds ? "yes" : "no"}` }, icon(holds ? "check_circle" : "cancel"), holds ? "Holds" : "Does not hold"), ` The draft gives ${said.segment}.`),
            element("ul", { class: "icp-faults" }, ...said.profiles.map((each) => element("li", {}, `${each.name}: ${each.said}`)), ...said.unread.map((each) => element("li", {}, `Not read: ${each}.`))));
    }
}

for (const name of ["picker", "values", "suggest", "checks", "chips"]) Facts.prototype[name] = Builder.prototype[name];

/* Text with line numbers */

function code(root) {
    const area = root.querySelector("textarea");
    const lines = root.querySelector("pre");
    const wrong = new Set((area.dataset.lines || "").split(/\s+/).filter(Boolean).map(Number));
    const draw = () => {
        const count = area.value.split("\n").length;
        if (lines.childNodes.length !== count) {
            lines.replaceChildren(...Array.from({ length: count }, (_, at) => element("span", { class: wrong.has(at + 1) ? "icp-code__wrong" : null }, `${wrong.has(at + 1) ? "▸ " : ""}${at + 1}\n`)));
        }
        lines.scrollTop = area.scrollTop;
    };
    const go = (line) => {
        const start = area.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
        area.focus();
        area.setSelectionRange(start, start + (area.value.split("\n")[line - 1] || "").length);
        area.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(area).lineHeight));
        draw();
    };
    area.addEventListener("input", draw);
    area.addEventListener("scroll", draw);
    for (const link of document.querySelectorAll("[data-line]")) {
        link.addEventListener("click", (event) => { event.preventDefault(); go(Number(link.dataset.line)); });
    }
    draw();
    if (wrong.size) whenShown(() => go(Math.min(...wrong)));
}

/* Pages */

function start() {
    const faults = readJSON("faults") || [];
    for (const form of document.querySelectorAll("[data-draft-form]")) {
        let dirty = Boolean(document.querySelector("[role=alert]"));
        const changed = () => { dirty = true; };
        const writers = [];
        const taken = (root) => {
            const area = root.querySelector("textarea");
            area.hidden = true;
            return area;
        };
        for (const root of form.querySelectorAll("[data-builder]")) {
            const area = taken(root);
            const path = root.dataset.builder;
            const builder = new Builder(root, {
                path, raw: area.value.trim() ? JSON.parse(area.value) : null, bonus: root.dataset.bonus === "yes", optional: root.dataset.optional === "yes",
                counts: root.dataset.counts || "", missing: root.dataset.missing || "open", address: root.dataset.address, changed,
            });
            const mine = faults.filter((each) => each.path === path || each.path.startsWith(`${path}.`) || each.path.startsWith(`${path}[`));
            if (mine.length) builder.refused(mine);
            writers.push(() => { area.value = builder.node ? dump(builder.raw()) : ""; });
        }
        for (const root of form.querySelectorAll("[data-table]")) {
            const area = taken(root);
            const table = new Table(root, area.value.trim() ? JSON.parse(area.value) : [], root.dataset.address, faults.filter((each) => each.path.startsWith("rows")), changed);
            writers.push(() => { area.value = dump(table.raw()); });
        }
        for (const root of form.querySelectorAll("[data-bands]")) {
            const area = taken(root);
            const bands = new Bands(root, area.value.trim() ? JSON.parse(area.value) : [], faults.filter((each) => each.path.startsWith("bands")), changed);
            writers.push(() => { area.value = dump(bands.raw()); });
        }
        for (const root of form.querySelectorAll("[data-facts]")) {
            const area = taken(root);
            let found;
            try {
                found = JSON.parse(area.value.trim() || "{}");
            } catch {
                area.hidden = false;
                continue;
            }
            const facts = new Facts(root, found, faults, form, changed);
            writers.push(() => { area.value = dump(facts.raw()); });
        }
        form.addEventListener("input", changed);
        for (const link of document.querySelectorAll("[data-leave]")) link.addEventListener("click", () => { dirty = false; });
        let sent = false;
        form.addEventListener("submit", (event) => {
            if (sent) {
                event.preventDefault();
                return;
            }
            document.activeElement?.blur?.();
            for (const write of writers) write();
            sent = true;
            dirty = false;
        });
        window.addEventListener("pageshow", (event) => { if (event.persisted) sent = false; });
        window.addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });
        whenShown(() => form.querySelector("[aria-invalid=true]")?.focus());
    }
    for (const root of document.querySelectorAll("[data-code]")) code(root);
    for (const root of document.querySelectorAll("[data-profile-counts]")) new Lines(root);
    keepPlace();
}

/* The frame hides the page until it is ready, and what is hidden cannot be focused. */
function whenShown(act, frames = 120) {
    if (document.documentElement.hasAttribute("x-cloak") && frames) requestAnimationFrame(() => whenShown(act, frames - 1));
    else requestAnimationFrame(act);
}

/* A press of a button comes back to the same place with the same button in focus. */
function keepPlace() {
    const kept = JSON.parse(sessionStorage.getItem("icp-kept") || "null");
    sessionStorage.removeItem("icp-kept");
    if (kept && kept.page === location.pathname) whenShown(() => {
        const found = document.querySelector(`[data-keep="${CSS.escape(kept.button)}"]`);
        const twin = found?.disabled || !found ? found?.closest("form")?.querySelector("button:not([disabled])") ?? document.querySelector(`[data-keep^="${CSS.escape(kept.button.replace(/-(on|off)$/, "-o"))}"]`) : found;
        (twin || document.querySelector('[data-keep="undo"]:not([disabled])'))?.focus();
    });
    document.addEventListener("click", (event) => {
        const pressed = event.target.closest?.("[data-keep]");
        if (pressed) sessionStorage.setItem("icp-kept", JSON.stringify({ page: location.pathname, button: pressed.dataset.keep }));
    });
    let sent = false;
    for (const form of document.querySelectorAll(".icp-tools, .icp-draft-bar form")) {
        form.addEventListener("submit", (event) => {
            if (sent) event.preventDefault();
            sent = true;
            setTimeout(() => { sent = false; }, 3000);
        });
    }
}

start();
