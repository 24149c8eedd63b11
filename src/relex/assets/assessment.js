// Sorts tables, and lists errors from the data of the page, a screenful at a time.
(() => {
  "use strict";

  const create = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  // Tables: a click on a heading sorts by it, a second one the other way round; the foot stays.

  const valueOf = (row, i) => {
    const cell = row.cells[i];
    if (cell.dataset.v !== undefined) return Number(cell.dataset.v);
    return cell.classList.contains("num") ? -Infinity : cell.textContent;
  };

  const sortBy = (table, i, sign) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [valueOf(row, i), row]);
    const order = (a, b) => (typeof a === "string" ? a.localeCompare(b) : a < b ? -1 : a > b ? 1 : 0);
    rows.sort(([a], [b]) => sign * order(a, b));
    body.append(...rows.map(([, row]) => row));
  };

  document.querySelectorAll("table").forEach((table) => {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, i) => {
      const button = create("button", "", head.textContent);
      button.type = "button";
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const first = head.classList.contains("num") ? "descending" : "ascending";
        const other = first === "ascending" ? "descending" : "ascending";
        const chosen = head.getAttribute("aria-sort") === first ? other : first;
        heads.forEach((own) => own.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", chosen);
        sortBy(table, i, chosen === "ascending" ? 1 : -1);
      });
    });
  });

  // Errors

  const data = JSON.parse(document.getElementById("relex-data").textContent);
  const form = document.getElementById("filters");
  const list = document.getElementById("list");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const step = 40;
  const fields = ["of", "kind", "type", "cause", "document", "text", "order"];

  const all = Object.entries(data.errors).flatMap(([of, errors]) => errors.map((error) => ({ of, ...error })));

  const fill = (select, options, chosen) => {
    select.replaceChildren(
      ...options.map(([value, text]) => {
        const option = create("option", "", text);
        option.value = value;
        return option;
      }),
    );
    select.value = options.some(([value]) => value === chosen) ? chosen : options[0][0];
  };

  const passageOf = ({ document: i, ranges }) =>
    ranges.map(([start, end]) => data.documents[i].text.slice(start, end)).join(" ");

  const haystackOf = (error) => {
    if (error.haystack === undefined) {
      const names = error.ends.map((end) => end[3]);
      const parts = [...names, error.type, error.cause, error.detail || "", ...(error.other || [])];
      error.haystack = [...parts, data.documents[error.document].id, passageOf(error)].join(" ").toLowerCase();
    }
    return error.haystack;
  };

  const tests = {
    of: (error, value) => error.of === value,
    kind: (error, value) => error.kind === value,
    type: (error, value) => error.type === value,
    cause: (error, value) => error.cause === value,
    document: (error, value) => data.documents[error.document].id === value,
    text: (error, value) => value.toLowerCase().split(/\s+/).every((word) => haystackOf(error).includes(word)),
  };

  const state = Object.fromEntries(fields.map((name) => [name, ""]));

  const passes = (error, except) =>
    Object.entries(tests).every(([name, test]) => name === except || !state[name] || test(error, state[name]));

  // Each choice says how many errors it would leave, the other choices being what they are.
  const countBy = (name, keyOf) => {
    const counts = new Map();
    all.forEach((error) => {
      if (passes(error, name)) counts.set(keyOf(error), (counts.get(keyOf(error)) || 0) + 1);
    });
    return counts;
  };

  const offer = (name, keyOf, textOf = (key) => key, sorted = true) => {
    const counts = countBy(name, keyOf);
    if (state[name] && !counts.has(state[name])) counts.set(state[name], 0);
    const keys = [...counts.keys()];
    if (sorted) keys.sort((a, b) => counts.get(b) - counts.get(a) || a.localeCompare(b));
    const total = [...counts.values()].reduce((a, b) => a + b, 0);
    const options = keys.map((key) => [key, `${textOf(key)} (${counts.get(key)})`]);
    fill(form.elements[name], [["", `all (${total})`], ...options], state[name]);
  };

  const orders = [["", "as in the text"], ["score", "surest first"], ["unsure", "least sure first"]];

  const ordered = (errors) => {
    if (!state.order) return errors;
    const sign = state.order === "score" ? -1 : 1;
    const scoreOf = ({ score }) => (score === undefined ? Infinity : sign * score);
    return [...errors].sort((a, b) => (scoreOf(a) === scoreOf(b) ? 0 : scoreOf(a) - scoreOf(b)));
  };

  // One error

  const markRange = (text, [start, end], marks) => {
    const inside = marks.filter((mark) => mark[0] >= start && mark[1] <= end);
    const root = document.createDocumentFragment();
    const open = [[root, end]];
    let at = start;
    const advance = (to) => {
      while (open.length > 1 && open[open.length - 1][1] <= to) {
        const [element, until] = open.pop();
        element.append(text.slice(at, until));
        at = until;
      }
      open[open.length - 1][0].append(text.slice(at, to));
      at = to;
    };
    inside.forEach(([from, to, colour, , role]) => {
      advance(from);
      const mark = create("mark", colour);
      if (role) mark.dataset.role = role;
      open[open.length - 1][0].append(mark);
      open.push([mark, to]);
    });
    advance(end);
    return root;
  };

  const drawPassage = (error) => {
    const quote = create("blockquote");
    quote.dir = "auto";
    const { text } = data.documents[error.document];
    const roles = error.ends.length > 1 ? ["head", "tail"] : [""];
    let marks = error.ends.map((end, i) => [...end, roles[i]]);
    if (marks.length > 1 && marks[0][0] === marks[1][0] && marks[0][1] === marks[1][1]) {
      marks = [[...error.ends[0], "head and tail"]];
    }
    marks.sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    error.ranges.forEach((range, i) => {
      if (i || range[0] > 0) quote.append(create("span", "gap", "… "));
      quote.append(markRange(text, range, marks));
      if (i === error.ranges.length - 1 && range[1] < text.trimEnd().length) quote.append(create("span", "gap", " …"));
      else quote.append(" ");
    });
    return quote;
  };

  const drawEnd = ([, , colour, name]) => create("bdi", `end ${colour}`, name);

  const drawHead = (error) => {
    const head = create("p", "fact");
    head.append(create("span", `kind ${error.kind}`, data.kinds[error.kind]));
    const what = create("span", `ends ${error.status || ""}`);
    what.append(drawEnd(error.ends[0]), " ");
    if (error.ends[1]) what.append(create("span", "arrow", `${error.type} →`), " ", drawEnd(error.ends[1]));
    else what.append(create("span", "arrow", error.type));
    head.append(what);
    if (error.status && error.status !== "actual") head.append(create("span", "badge", error.status));
    if (error.score !== undefined) head.append(create("span", "score", `score ${error.score.toFixed(2)}`));
    return head;
  };

  const drawCause = (error) => {
    const line = create("p", "cause");
    const { text, classes } = data.causes[error.of][error.cause];
    line.append(create("i", `swatch ${classes}`), create("b", "", error.cause));
    if (error.end) line.append(error.end === "both" ? " (both ends)" : ` (${error.end})`);
    line.append(`: ${text}. `);
    const side = error.kind === "missed" ? "Predicted" : "Gold";
    const other = error.other;
    if (other && other.length === 4) {
      const status = other[3] === "actual" ? "" : ` (${other[3]})`;
      line.append(`${side} in its place: `, create("q", "", `${other[0]} ${other[1]} → ${other[2]}${status}`));
    } else if (other) {
      line.append(`${side} in its place: `, create("q", "", other[0]), ` ${other[1]}`);
    } else if (error.detail) {
      line.append(`${side} has there: `, create("q", "", error.detail));
    }
    return line;
  };

  const drawWhere = (error) => {
    const line = create("p", "where");
    const { id } = data.documents[error.document];
    const link = create("a", "", id);
    link.href = `#errors?${new URLSearchParams({ document: id })}`;
    line.append(link);
    if (error.words !== undefined) {
      const words = `${error.words} word${error.words === 1 ? "" : "s"} apart`;
      const sentences = error.sentences ? `, ${error.sentences} sentence${error.sentences === 1 ? "" : "s"} on` : "";
      line.append(` · ${words}${sentences}`);
    }
    return line;
  };

  const draw = (error) => {
    const item = create("li");
    item.append(drawHead(error), drawPassage(error), drawCause(error), drawWhere(error));
    return item;
  };

  // The list

  let found = [];
  let shown = 0;

  const showMore = () => {
    list.append(...found.slice(shown, shown + step).map(draw));
    shown = Math.min(shown + step, found.length);
    more.hidden = shown >= found.length;
  };

  const update = () => {
    offer("of", (error) => error.of, (of) => (of === "contrast" ? "facts of contrast sets" : of), false);
    offer("kind", (error) => error.kind, (kind) => data.kinds[kind], false);
    offer("type", (error) => error.type);
    offer("cause", (error) => error.cause);
    offer("document", (error) => data.documents[error.document].id);
    fill(form.elements.order, orders, state.order);
    if (form.elements.text.value.trim() !== state.text) form.elements.text.value = state.text;
    found = ordered(all.filter((error) => passes(error)));
    shown = 0;
    list.replaceChildren();
    count.textContent = `${found.length} of ${all.length} errors`;
    showMore();
  };

  const readAddress = () => {
    const [place, query] = location.hash.slice(1).split("?");
    if (place !== "errors" || query === undefined) return;
    const chosen = new URLSearchParams(query);
    fields.forEach((name) => (state[name] = chosen.get(name) || ""));
    update();
    document.getElementById("errors").scrollIntoView();
  };

  // The address holds the choice, so that it can be kept and sent.
  const choose = (valueOf) => {
    fields.forEach((name) => (state[name] = valueOf(name)));
    const chosen = new URLSearchParams(fields.filter((name) => state[name]).map((name) => [name, state[name]]));
    history.replaceState(null, "", `#errors?${chosen}`);
    update();
  };

  form.addEventListener("input", () => choose((name) => form.elements[name].value.trim()));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    form.elements.text.value = "";
    choose(() => "");
  });
  more.addEventListener("click", showMore);
  new IntersectionObserver(([entry]) => entry.isIntersecting && !more.hidden && showMore(), {
    rootMargin: "600px",
  }).observe(more);
  addEventListener("hashchange", readAddress);

  form.hidden = all.length === 0;
  update();
  readAddress();
})();
