const words = document.getElementById("words");
const rows = [...document.querySelectorAll("#runs tbody tr")];
const told = document.getElementById("told");
words.addEventListener("input", () => {
  const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !wanted.every((word) => text.includes(word));
    if (!row.hidden) count += 1;
  }
  told.textContent = `${count} of ${rows.length} runs`;
});
