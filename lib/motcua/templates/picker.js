// Ward picker: the select, the tiles and the address name one ward; cards, tables and charts show it.
(() => {
  "use strict";
  const select = document.getElementById("ward-select");
  if (!select) return;
  const root = document.documentElement;
  const line = document.querySelector(".picker-line");
  const cards = Array.from(document.querySelectorAll(".ward-card"));
  const card = (code) => cards.find((one) => one.dataset.ward === code);
  const asked = () => {
    let anchor = location.hash.slice(1);
    try { anchor = decodeURIComponent(anchor); } catch { /* as it stands */ }
    const found = cards.find((one) => one.id === anchor);
    return found ? found.dataset.ward : "";
  };
  const mark = (element, is) => element.classList.toggle("picked", is);
  const pick = (code, { follow = true, move = false } = {}) => {
    const chosen = card(code);
    select.value = chosen ? code : "";
    const name = chosen ? select.selectedOptions[0].textContent : "";
    cards.forEach((one) => mark(one, one === chosen));
    document.querySelectorAll(".tile[data-ward]").forEach((tile) => {
      mark(tile, tile.dataset.ward === code);
      if (tile.dataset.ward === code) tile.setAttribute("aria-current", "true");
      else tile.removeAttribute("aria-current");
    });
    document.querySelectorAll("[data-row]").forEach((row) => mark(row, row.dataset.row === code));
    document.querySelectorAll("tbody th[scope=row]").forEach((cell) => {
      mark(cell.parentElement, name !== "" && cell.textContent === name);
    });
    line.textContent = chosen ? chosen.dataset.line : "";
    if (follow) history.replaceState(null, "", chosen ? "#" + encodeURI(chosen.id) : "#");
    root.dataset.ward = chosen ? code : "";
    root.dataset.wardName = name;
    document.dispatchEvent(new CustomEvent("ward"));
    if (move && chosen) chosen.scrollIntoView({ block: "nearest" });
  };
  const isFirstScreen = () => document.querySelector(".overview").getBoundingClientRect().bottom > innerHeight / 2;
  root.classList.add("js");
  select.addEventListener("change", () => pick(select.value, { move: isFirstScreen() }));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-ward]");
    if (!link) return;
    event.preventDefault();
    pick(link.dataset.ward === root.dataset.ward ? "" : link.dataset.ward, { move: true });
  });
  addEventListener("hashchange", () => { if (asked()) pick(asked(), { follow: false, move: true }); });
  pick(asked(), { follow: false, move: true });

  // Chapters are folded on a telephone until somebody asks for one; on paper they are asked for.
  const chapters = Array.from(document.querySelectorAll(".chapter"));
  const unfold = (hash) => {
    const target = document.getElementById(decodeURI(hash.slice(1)));
    const chapter = target && target.closest(".chapter");
    if (!chapter || chapter.open) return;
    chapter.open = true;
    target.scrollIntoView();
  };
  const phone = matchMedia("(max-width: 40rem)");
  const fold = () => chapters.forEach((chapter) => { chapter.open = !phone.matches; });
  fold();
  phone.addEventListener("change", fold);
  unfold(location.hash);
  addEventListener("hashchange", () => unfold(location.hash));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) unfold(link.hash);
    if (!phone.matches && event.target.closest(".chapter>summary")) event.preventDefault();
  });
  document.querySelector(".print-whole").addEventListener("click", () => {
    const folded = chapters.filter((chapter) => !chapter.open);
    folded.forEach((chapter) => { chapter.open = true; });
    root.classList.add("print-all");
    addEventListener("afterprint", () => {
      root.classList.remove("print-all");
      folded.forEach((chapter) => { chapter.open = false; });
    }, { once: true });
    print();
  });
})();
