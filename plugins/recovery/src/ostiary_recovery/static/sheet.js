// Saves and prints the codes that a page shows. Without it they are copied or written down.

function button(text) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "o-button o-secondary o-small";
  made.textContent = text;
  return made;
}

function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

for (const box of document.querySelectorAll("[data-ostiary-helper]")) {
  const codes = [...(box.closest("form")?.querySelectorAll("code") ?? [])].map((each) => each.textContent);
  const options = JSON.parse(box.dataset.options);
  const words = box.dataset;
  const status = box.querySelector("[data-ostiary-status]");
  if (!codes.length || !words.textDownload) continue;

  const save = button(words.textDownload);
  save.addEventListener("click", () => {
    download(options.file, [words.textHeading, options.origin, "", ...codes, "", words.textOnce, ""].join("\n"));
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = words.textDownloaded; });
  });
  const print = button(words.textPrint);
  print.addEventListener("click", () => window.print());

  const actions = document.createElement("p");
  actions.className = "o-actions";
  actions.append(save, print);
  box.prepend(actions);
}
