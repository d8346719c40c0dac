"use strict";
(() => {
  const form = document.querySelector(".filter");
  const [text, differing] = form.querySelectorAll("input");
  const count = form.querySelector("output");
  const rows = [...document.querySelectorAll(".matrix tbody tr:not(.group)")];
  const update = () => {
    const words = text.value.toLowerCase().split(/\s+/);
    let shown = 0;
    for (const row of rows) {
      const words_fit = words.every((word) => row.textContent.toLowerCase().includes(word));
      const marks = new Set([...row.querySelectorAll(".mark")].map((mark) => mark.textContent));
      row.hidden = !words_fit || (differing.checked && marks.size < 2);
      shown += row.hidden ? 0 : 1;
    }
    for (const body of document.querySelectorAll(".matrix tbody")) {
      body.hidden = !body.querySelector("tr:not(.group):not([hidden])");
    }
    count.textContent = shown === rows.length ? "" : `${shown} of ${rows.length} features`;
  };
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", update);
  form.hidden = false;
  update();
})();
