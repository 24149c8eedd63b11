// Links text, relations and graph. Everything on the page can be read without it.
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("relex-data").textContent);
  const card = document.getElementById("card");
  const dock = document.getElementById("dock");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const narrow = matchMedia("(max-width: 759px)");

  let unselect = () => {};
  let unpin = () => {};

  const create = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const createButton = (text, label, act) => {
    const button = create("button", "", text);
    button.type = "button";
    if (label) button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    return button;
  };

  const scrollTo = (element, share = 0.36) => {
    const top = scrollY + element.getBoundingClientRect().top - innerHeight * share;
    window.scrollTo({ top, behavior: calm ? "auto" : "smooth" });
  };

  const numbers = (text) => text.split(" ").map(Number);

  // One stop of the Tab key for many items; the arrow keys go from one to the next.
  const rove = (items) => {
    items.forEach((item, i) => {
      item.tabIndex = i ? -1 : 0;
      item.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
        if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        event.stopPropagation();
        const next = items[(i + step + items.length) % items.length];
        item.tabIndex = -1;
        next.tabIndex = 0;
        next.focus({ preventScroll: true });
        const box = next.getBoundingClientRect();
        if (box.top < 60 || box.bottom > innerHeight - 60) scrollTo(next);
      });
    });
  };

  const connect = (article, { entities, mentions, relations }) => {
    const marks = [...article.querySelectorAll("mark[data-m]")];
    const nodes = [...article.querySelectorAll(".node")];
    const edges = [...article.querySelectorAll(".edge")];
    const rows = new Map([...article.querySelectorAll("li.rel")].map((row) => [Number(row.dataset.r), row]));
    const graph = article.querySelector(".graph");
    const entityAt = new Map(entities.map((entity, i) => [entity.id, i]));
    const markAt = new Map(mentions.map((mention, i) => [mention.start + "," + mention.end, marks[i]]));
    const marksOf = entities.map(() => []);
    const relationsOf = entities.map(() => 0);
    marks.forEach((mark) => numbers(mark.dataset.e).forEach((e) => marksOf[e].push(mark)));
    relations.forEach(({ head, tail }) => [head, tail].forEach((id) => (relationsOf[entityAt.get(id)] += 1)));

    const colourOf = (e) => [...marksOf[e][0].classList].find((name) => /^c\d+$/.test(name));

    // Entities: their card, and all their mentions at once

    const light = (ids) => {
      article.querySelectorAll("mark.hit").forEach((mark) => mark.classList.remove("hit"));
      ids.forEach((e) => marksOf[e].forEach((mark) => mark.classList.add("hit")));
    };

    const describeLink = ({ iso3166, iso8601, wikidata }) => {
      const line = create("span", "meta", [iso3166, iso8601].filter(Boolean).join(" · "));
      if (/^Q\d+$/.test(wikidata || "")) {
        const link = create("a", "", "Wikidata " + wikidata);
        link.href = "https://www.wikidata.org/wiki/" + wikidata;
        link.target = "_blank";
        link.rel = "noopener noreferrer";
        line.append(line.textContent ? " · " : "", link);
      }
      return line;
    };

    const fillCard = (ids, mention) => {
      const parts = ids.map((e) => {
        const { id, name, type, link } = entities[e];
        const part = create("div");
        const title = create("b");
        title.append(create("bdi", "end " + colourOf(e), name));
        const count = (n, noun) => n + " " + noun + (n === 1 ? "" : "s");
        part.append(title, create("span", "meta", type + " · " + id));
        part.append(create("span", "meta", count(marksOf[e].length, "mention") + " · " + count(relationsOf[e], "relation")));
        if (link) part.append(describeLink(link));
        return part;
      });
      if (mention && (ids.length > 1 || mention.score !== undefined)) {
        const group = ids.length > 1 ? "One mention of " + ids.length + " entities" : "This mention";
        const score = mention.score === undefined ? "" : " · score " + mention.score.toFixed(2);
        parts.push(create("div", "meta", group + score));
      }
      if (!mention) parts.push(createButton("Show in the text", "", () => scrollTo(marksOf[ids[0]][0])));
      card.replaceChildren(...parts);
    };

    const openCard = (anchor, ids, mention) => {
      light(ids);
      fillCard(ids, mention);
      card.hidden = false;
      card.style.left = card.style.top = "";
      if (narrow.matches) return;
      const box = anchor.getClientRects()[0] || anchor.getBoundingClientRect();
      const left = Math.min(box.left, document.documentElement.clientWidth - card.offsetWidth - 12);
      const above = box.bottom + card.offsetHeight + 16 > innerHeight && box.top > card.offsetHeight + 16;
      const top = above ? box.top - card.offsetHeight - 8 : anchor.getBoundingClientRect().bottom + 8;
      card.style.left = Math.max(12, left) + scrollX + "px";
      card.style.top = top + scrollY + "px";
    };

    const closeCard = () => {
      card.hidden = true;
      light([]);
    };

    let pinned = false;
    const pin = (anchor, ids, mention) => {
      unpin();
      openCard(anchor, ids, mention);
      pinned = true;
      unpin = () => {
        pinned = false;
        closeCard();
      };
    };

    marks.forEach((mark, i) => {
      const ids = numbers(mark.dataset.e);
      mark.removeAttribute("title");
      mark.setAttribute("aria-describedby", "card");
      const open = () => pinned || openCard(mark, ids, mentions[i]);
      const close = () => pinned || closeCard();
      mark.addEventListener("pointerover", (event) => {
        event.stopPropagation();
        if (event.pointerType === "mouse") open();
      });
      mark.addEventListener("pointerleave", close);
      mark.addEventListener("focus", () => mark.matches(":focus-visible") && open());
      mark.addEventListener("blur", close);
      mark.addEventListener("click", (event) => {
        event.stopPropagation();
        pin(mark, ids, mentions[i]);
      });
      mark.addEventListener("keydown", (event) => event.key === "Enter" && event.target === mark && pin(mark, ids, mentions[i]));
    });
    rove(marks);

    // Relations: the mentions and sentences that carry them

    const select = (chosen, origin) => {
      unselect();
      const steps = chosen.flatMap((r) => relations[r].evidence.map((pair) => ({ r, pair })));
      edges.forEach((edge) => edge.classList.toggle("on", numbers(edge.dataset.r).some((r) => chosen.includes(r))));

      const clear = () => {
        article.querySelectorAll("mark.end").forEach((mark) => mark.classList.remove("end"));
        article.querySelectorAll(".s.on").forEach((sentence) => sentence.classList.remove("on"));
        article.querySelectorAll("[aria-current]").forEach((link) => link.removeAttribute("aria-current"));
      };

      const show = (step) => {
        clear();
        const { r, pair } = steps[step];
        const ends = [pair.head, pair.tail].map(([start, end]) => markAt.get(start + "," + end));
        ends.forEach((mark) => {
          mark.classList.add("end");
          mark.closest(".s")?.classList.add("on");
        });
        rows.get(r)?.firstElementChild.setAttribute("aria-current", "true");
        fillDock(r, step);
        const [first, second] = ends.sort((a, b) => a.getBoundingClientRect().top - b.getBoundingClientRect().top);
        const apart = second.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
        scrollTo(first, apart < innerHeight * 0.5 ? 0.3 : 0.12);
      };

      const fillDock = (r, step) => {
        const { head, type, tail, status, closest } = relations[r];
        const [from, to] = [head, tail].map((id) => {
          const e = entityAt.get(id);
          return create("bdi", "end " + colourOf(e), entities[e].name);
        });
        const fact = create("span", "fact " + status);
        fact.append(from, create("span", "verb", " " + type + " "), to, " ");
        if (status !== "actual") fact.append(create("span", "badge", status));
        const control = create("span", "steps");
        const where = closest ? "closest mentions" : "evidence";
        if (steps.length > 1) {
          const go = (by) => () => show((step + by + steps.length) % steps.length);
          control.append(createButton("‹", "Previous", go(-1)), where + " " + (step + 1) + " of " + steps.length, createButton("›", "Next", go(1)));
        } else {
          control.append(where);
        }
        control.append(
          createButton("Back", "Back to where it was chosen", () => {
            unselect();
            scrollTo(origin);
            origin.focus?.({ preventScroll: true });
          }),
          createButton("×", "Close", () => unselect()),
        );
        dock.replaceChildren(fact, control);
        dock.hidden = false;
      };

      unselect = () => {
        clear();
        edges.forEach((edge) => edge.classList.remove("on"));
        dock.hidden = true;
        unselect = () => {};
      };
      show(0);
    };

    rows.forEach((row, r) => {
      const link = row.firstElementChild;
      link.addEventListener("click", (event) => {
        event.preventDefault();
        event.stopPropagation();
        select([r], link);
      });
    });

    // Switches: types of mentions, statuses of relations

    article.querySelectorAll("button[data-t], button[data-s]").forEach((button) => {
      button.disabled = false;
      button.addEventListener("click", () => {
        const off = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", String(!off));
        if (button.dataset.s) {
          article.classList.toggle("hide-" + button.dataset.s, off);
          article.querySelectorAll("details").forEach((group) => {
            group.hidden = [...group.querySelectorAll("li")].every((row) => getComputedStyle(row).display === "none");
          });
        } else {
          marks.forEach((mark, i) => mentions[i].type === button.dataset.t && mark.classList.toggle("off", off));
        }
      });
    });

    // The graph: neighbours under the pointer, cards and selections on click

    if (!graph) return;
    graph.classList.add("live");
    const nodeAt = new Map(nodes.map((node) => [Number(node.dataset.e), node]));
    const boxOf = (node) => node.closest(".shared")?.querySelector(".box");
    const endsOf = (edge) => numbers(edge.dataset.r).flatMap((r) => [relations[r].head, relations[r].tail].map((id) => entityAt.get(id)));

    const focusOn = (element) => {
      const touched = element.matches(".edge") ? [element] : edges.filter((edge) => endsOf(edge).includes(Number(element.dataset.e)));
      const lit = new Set([element, ...touched]);
      touched.forEach((edge) => {
        const own = numbers(edge.dataset.r).filter((r) => {
          const ids = [relations[r].head, relations[r].tail].map((id) => entityAt.get(id));
          return element === edge || ids.includes(Number(element.dataset.e));
        });
        own.forEach((r) => [relations[r].head, relations[r].tail].forEach((id) => lit.add(nodeAt.get(entityAt.get(id)))));
      });
      lit.forEach((item) => {
        item?.classList.add("on");
        if (item) boxOf(item)?.classList.add("on");
      });
      graph.classList.add("dim");
    };
    const blur = () => {
      graph.classList.remove("dim");
      graph.querySelectorAll(".on").forEach((item) => item.classList.remove("on"));
    };

    [...nodes, ...edges].forEach((item) => {
      item.addEventListener("pointerenter", () => focusOn(item));
      item.addEventListener("pointerleave", blur);
    });
    nodes.forEach((node) => {
      const ids = [Number(node.dataset.e)];
      const title = node.querySelector("title");
      node.setAttribute("role", "button");
      node.setAttribute("aria-label", title.textContent);
      title.remove();
      node.addEventListener("focus", () => node.matches(":focus-visible") && focusOn(node));
      node.addEventListener("blur", blur);
      const open = (event) => {
        event.stopPropagation();
        pin(node, ids);
      };
      node.addEventListener("click", open);
      node.addEventListener("keydown", (event) => event.key === "Enter" && open(event));
    });
    edges.forEach((edge) =>
      edge.addEventListener("click", (event) => {
        event.stopPropagation();
        select(numbers(edge.dataset.r), graph);
      }),
    );
    rove(nodes);
    const frame = graph.parentElement;
    frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  };

  document.querySelectorAll("article[data-d]").forEach((article) => connect(article, data[Number(article.dataset.d)]));

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) {
      // In a notebook's frame a fragment would lead to the notebook's own address.
      event.preventDefault();
      scrollTo(document.getElementById(link.hash.slice(1)), 0.02);
    }
    if (!event.target.closest("#card")) unpin();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (card.hidden) unselect();
    unpin();
    card.hidden = true;
  });
})();
