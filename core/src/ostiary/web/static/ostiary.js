// Makes pages nicer; none of them needs it. Every word comes from data- attributes, translated.

function element(name, attributes = {}, text = "") {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.textContent = text;
  return made;
}

function button(text, label) {
  return element("button", { type: "button", class: "o-button o-secondary o-small", "aria-label": label }, text);
}

// A live region must be in the page before it speaks, and empty between two equal messages.
function speaker(parent) {
  const status = element("span", { role: "status", class: "o-unseen" });
  parent.append(status);
  return (text) => {
    status.textContent = "";
    requestAnimationFrame(() => { status.textContent = text; });
  };
}

function showPassword(box) {
  const input = box.querySelector("input");
  const words = box.dataset;
  const toggle = button(words.show, words.showLabel);
  toggle.setAttribute("aria-controls", input.id);
  box.append(toggle);
  const say = speaker(box);
  const set = (visible) => {
    input.type = visible ? "text" : "password";
    toggle.textContent = visible ? words.hide : words.show;
    toggle.setAttribute("aria-label", visible ? words.hideLabel : words.showLabel);
  };
  toggle.addEventListener("click", () => {
    const visible = input.type === "password";
    set(visible);
    say(visible ? words.shown : words.hidden);
  });
  // Browsers remember what is typed into text inputs, and offer it to the next person.
  input.form?.addEventListener("submit", () => set(false));
}

function copyValue(box) {
  if (!navigator.clipboard) return;
  const words = box.dataset;
  const copy = button(words.copy, words.copyLabel);
  const status = element("p", { role: "status", class: "o-hint o-copied" });
  box.querySelector(".o-value").append(copy, status);
  copy.addEventListener("click", async () => {
    status.textContent = "";
    let said = words.copied;
    try {
      await navigator.clipboard.writeText(box.querySelector("code").textContent);
    } catch {
      said = words.failed;
    }
    requestAnimationFrame(() => { status.textContent = said; });
  });
}

// The link leads to the field itself, with its label in view.
function summary(box) {
  box.focus();
  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    (field.closest(".o-field") ?? field).scrollIntoView();
    field.focus({ preventScroll: true });
  });
}

// What a plugin's script does is begun by a button that is of no use without scripts.
function reveal(control) {
  control.hidden = false;
}

// Something is awaited from elsewhere: the form is sent every few seconds, silently, until the
// server says where to go; for anything else that it says the page is loaded as by the button.
function wait(form) {
  const pause = Number(form.dataset.ostiaryWait) * 1000;
  let asking = null;
  const ask = async () => {
    asking = new AbortController();
    let answer;
    try {
      answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new URLSearchParams(new FormData(form)),
        redirect: "error",
        signal: asking.signal,
      });
      if (answer.ok && answer.status !== 202) {
        location.assign((await answer.json()).next);
        return;
      }
    } catch {
      // Out of reach: perhaps not for long. Aborted: the button was pressed.
      if (!asking.signal.aborted) setTimeout(ask, pause);
      return;
    }
    if (answer.status === 202) setTimeout(ask, pause);
    else form.submit();
  };
  form.addEventListener("submit", () => asking?.abort());
  setTimeout(ask, pause);
}

// A form that is sent twice spends two tries, or makes two of a thing.
function once(form) {
  if (form.querySelector("[data-ostiary-ceremony]")) return;
  let sent = 0;
  form.addEventListener("submit", (event) => {
    const now = Date.now();
    if (now - sent < 1000) event.preventDefault();
    sent = now;
  });
}

document.querySelectorAll("[data-ostiary-password]").forEach(showPassword);
document.querySelectorAll("[data-ostiary-copy]").forEach(copyValue);
document.querySelectorAll("[data-ostiary-focus]").forEach(summary);
document.querySelectorAll("[data-ostiary-scripted]").forEach(reveal);
document.querySelectorAll("[data-ostiary-wait]").forEach(wait);
document.querySelectorAll("form[method='post']").forEach(once);
