"use strict";
// Point at a line or a name to see its group alone; press a name to keep it so.
const only = document.head.appendChild(document.createElement("style"));
let pressed = null;
const single = (group) => {
  only.textContent = group === null ? "" : `[data-g]:not([data-g="${group}"]) { opacity: 0.12 }`;
};
const press = () => {
  for (const each of document.querySelectorAll("nav button")) each.ariaPressed = String(each.dataset.g === pressed);
  single(pressed);
};
const groupAt = (event) => event.target.closest("[data-g]")?.dataset.g ?? null;
document.addEventListener("pointerover", (event) => single(groupAt(event) ?? pressed));
document.addEventListener("click", (event) => {
  const button = event.target.closest("nav button");
  if (!button) return;
  pressed = pressed === button.dataset.g ? null : button.dataset.g;
  press();
});
// A link to a run opens it.
addEventListener("hashchange", () => {
  const run = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (run) run.open = true;
});
// A watched page takes what is new in place, so that what was opened stays open.
let version = document.body.dataset.version;
const renew = async () => {
  const answer = await fetch("/", { headers: { "If-None-Match": version } });
  if (answer.status === 304) return true;
  if (!answer.ok) return false;
  version = answer.headers.get("ETag");
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  const open = new Map([...document.querySelectorAll("details")].map((each) => [each.id, each.open]));
  for (const each of next.querySelectorAll("details")) each.open = open.get(each.id) ?? each.open;
  document.querySelector("main").replaceWith(next);
  press();
  return true;
};
const follow = async () => {
  const followed = await renew().catch(() => false);
  const live = document.getElementById("live");
  live.textContent = followed ? "followed" : "no answer";
  live.classList.toggle("lost", !followed);
  setTimeout(follow, 2000);
};
if (version) follow();
